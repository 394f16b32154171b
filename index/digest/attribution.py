"""How news attributes what it says, one small table a language: the words around the name of a source.

``word*`` stands for every word that begins so, ``*word`` for every word that ends so. ``_`` joins a sequence.
"""

from dataclasses import dataclass


class AttributionWords:
    """A set of words, word beginnings and word endings, written as one string."""

    def __init__(self, listed: str) -> None:
        words = listed.split()
        self.exact = frozenset(word for word in words if "*" not in word)
        self.beginnings = tuple(word[:-1] for word in words if word.endswith("*"))
        self.endings = tuple(word[1:] for word in words if word.startswith("*"))

    def __contains__(self, word: str) -> bool:
        return word in self.exact or word.startswith(self.beginnings) or word.endswith(self.endings)


NONE = AttributionWords("")


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of one language that matter around a source's name, in lower case."""

    cues: tuple[tuple[str, ...], ...]  # the source follows: "according to"
    says: AttributionWords  # verbs that always attribute
    listens: tuple[tuple[str, ...], ...] = ()  # an outlet may follow, to which a source spoke: "interview with"
    claims: AttributionWords = (
        NONE  # verbs that attribute when what is claimed stands beside them: that ..., a colon, a quotation
    )
    reacts: AttributionWords = NONE  # verbs that attribute the quotation beside them: called it "..."
    saying: AttributionWords = NONE  # participles that attribute to the sentence's subject: "..., saying"
    adding: AttributionWords = NONE  # those that do it beside "that" or a quotation
    beside: AttributionWords = NONE  # puts the speaker before them: "with X saying"
    issues: AttributionWords = NONE  # verbs that make a source of whom they name: issued a statement
    tells: AttributionWords = NONE  # verbs that attribute and take a listener, who is a source too when it is an outlet
    be: AttributionWords = NONE  # makes the verb passive: "was told"
    adverbs: AttributionWords = NONE  # may stand between a source and its verb
    that: AttributionWords = NONE
    articles: AttributionWords = NONE
    joins: AttributionWords = NONE  # inside names: "Bank of England"
    both: AttributionWords = NONE  # and
    origin: AttributionWords = NONE  # "data from X", "a report by X"
    place: AttributionWords = NONE  # "officials in Kyiv"
    other: AttributionWords = NONE  # words that are part of no name or noun phrase
    voices: AttributionWords = NONE  # a source even without a name
    bodies: AttributionWords = NONE  # a source beside a name: "Foreign Office spokesman"
    records: AttributionWords = NONE  # what a source publishes: "data from X" is X's
    nobody: AttributionWords = NONE  # capitalised, yet nobody's name
    wholes: AttributionWords = (
        NONE  # nouns that keep the "of" behind them: "National Bank of Norwall", but not "Ada Holm of Norwall"
    )
    genitives: AttributionWords = NONE  # endings of a noun that may stand between an office and its holder's name
    patronymics: AttributionWords = NONE
    titles: AttributionWords = NONE  # before a person's name, not part of it when names are compared
    times: AttributionWords = NONE
    months: AttributionWords = NONE  # months that are also other words: times only behind a preposition
    inverts: bool = True  # the source may follow its verb anywhere, not only after what it said


def _cues(listed: str) -> tuple[tuple[str, ...], ...]:
    """The sequences of a table, longest first."""
    return tuple(sorted((tuple(cue.split("_")) for cue in listed.split()), key=len, reverse=True))


# A paper is not the town it is named after.
PAPERS = AttributionWords("times post journal herald tribune telegraph gazette examiner star sun mirror globe zeitung")
# Says that a listener is a news outlet.
OUTLET = AttributionWords(
    "times post journal herald tribune telegraph gazette news press agency newspaper magazine radio tv television "
    "guardian reuters bloomberg newsweek politico axios independent mirror sun zeitung spiegel tagesschau"
)

SPEECH = {
    "en": Speech(
        cues=_cues(
            "according_to as_per citing cited_by quoted_by reported_by announced_by published_by obtained_by "
            "reviewed_by seen_by in_a_statement_by in_a_statement_from statement_from ,_via in_the_words_of quoting "
            "in_the_journal study_published_in study_,_published_in research_published_in paper_published_in"
        ),
        says=AttributionWords(
            "said says say stated tweeted commented announced announces testified recommends recommended advises "
            "advised denied denies accused accuses described describes"
        ),
        claims=AttributionWords(
            "reported reports added adds claimed claims confirmed confirms noted notes argued argues "
            "explained explains wrote writes write warned warns insisted acknowledged admitted declared indicated "
            "indicates suggested suggests estimated predicted predicts revealed reveals posted stressed "
            "emphasized emphasised reiterated recalled asked concedes conceded maintained points pointed observed "
            "remarked replied responded agreed alleged alleges asserted quipped joked continued hinted disclosed "
            "found finds vowed pledged recounted cautioned cautions projected projects forecast written relates related"
        ),
        listens=_cues(
            "statement_to statement_emailed_to statement_sent_to emailed_to email_to interview_with interview_to "
            "comments_to comment_to remarks_to"
        ),
        reacts=AttributionWords(
            "urged urges called calls dismissed condemned defended rejected "
            "blamed praised criticised criticized hailed promised threatened regrets"
        ),
        saying=AttributionWords("saying arguing insisting stating alleging"),
        adding=AttributionWords("adding warning noting claiming explaining reporting"),
        beside=AttributionWords("with"),
        issues=AttributionWords("issued issues released releases published publishes posted shared"),
        tells=AttributionWords("told tells informed"),
        be=AttributionWords("is are was were be been being am isn't wasn't aren't weren't"),
        adverbs=AttributionWords(
            "has have had also earlier later further recently previously since then now still first just once again "
            "already meanwhile however separately repeatedly publicly officially reportedly allegedly did does do "
            "himself herself itself themselves even only *ly"
        ),
        that=AttributionWords("that"),
        articles=AttributionWords("the a an"),
        joins=AttributionWords("of for de von van der den la le du di da al bin ibn y zu"),
        both=AttributionWords("and &"),
        origin=AttributionWords("from by"),
        place=AttributionWords("in at near on with to into within across outside"),
        other=AttributionWords(
            "whatever whoever he she it they we i you who which whom whose this these those his her its their our my "
            "your him them us me what where when while after before because since until unless although though if "
            "whether but or nor so than as about against over under between among during through without upon like "
            "including despite per via would will could should may might must can cannot can't won't didn't doesn't "
            "don't not no there here how why more most less least very too much many some any each every all another "
            "such other others one two three four five six seven eight nine ten up out off down away back both either "
            "neither only mr mrs went made took got came gave led left met held sent set put let kept became began "
            "whose yesterday today tomorrow following amid toward towards around along ago however "
            "indeed instead perhaps maybe yes finally overall together nearly almost roughly ever never always often"
        ),
        voices=AttributionWords(
            "police prosecutors officials authorities military army navy intelligence firefighters investigators "
            "lawmakers"
        ),
        bodies=AttributionWords(
            "spokesperson spokesman spokeswoman spokespeople official officer officers office agency ministry "
            "department government administration campaign company website site news management executives team "
            "council commission committee court parliament embassy union party police service services attorney "
            "lawyer lawyers attorneys prosecutor analysts analyst researchers scientists experts economists "
            "representatives representative rep ambassador minister ministers newspaper magazine channel network "
            "outlet union bank board leaders leader residents critics activists forces command staff diplomats "
            "senators editors authority publication physicians doctors witnesses aide aides adviser advisers insiders "
            "insider source sources paper family families settlers groups group"
        ),
        records=AttributionWords(
            "report data statement statements study studies figures survey poll research letter documents document "
            "filing filings article analysis guidance estimates release post information interview note memo paper "
            "tweet map numbers statistics account accounts email emails calculations graphic chart findings"
        ),
        nobody=AttributionWords(
            "analysts experts researchers scientists critics sources source people reports report others some many "
            "studies economists doctors authors company spokesperson spokesman spokeswoman"
        ),
        wholes=AttributionWords(
            "bank banks university institute college school court chamber chambers board bureau centre center society "
            "association federation union league house church museum hospital academy department office ministry "
            "service services council commission committee agency group company party organization organisation "
            "foundation fund authority authorities administration army navy secretary minister director general editor "
            "professor chief chiefs president state states republic institutes diocese"
        ),
        titles=AttributionWords(
            "mr mrs ms dr prof sir dame lord lady president minister secretary general director chief chairman "
            "chairwoman chair ceo cfo coo judge senator sen rep gov governor gen lt col captain sgt mayor professor "
            "ambassador commissioner chancellor king queen prince princess pope justice congressman congresswoman "
            "spokesman spokeswoman spokesperson analyst coach officer"
        ),
        times=AttributionWords(
            "monday tuesday wednesday thursday friday saturday sunday january february march april june july august "
            "september october november december jan feb mar apr jun jul aug sept sep oct nov dec week month year "
            "night morning afternoon evening"
        ),
        months=AttributionWords("may"),
        inverts=False,
    ),
    "uk": Speech(
        cues=_cues(
            "за_даними за_інформацією за_словами за_повідомленням за_оцінками згідно_з як_повідомляє з_посиланням_на "
            "посилаючись_на на_думку у_заяві як_пише"
        ),
        says=AttributionWords(
            "повідомляє повідомляють повідомив повідомила повідомили повідомило каже кажуть сказав сказала сказали "
            "заявив заявила заявили заявило заявляє зазначив зазначила зазначили розповів розповіла розповіли пише "
            "пишуть наголосив наголосила підкреслив підкреслила додав додала уточнив уточнила пояснив пояснила "
            "оголосив оголосила"
        ),
        claims=AttributionWords("підтвердив підтвердила підтвердили вважає написав написала стверджує"),
        adverbs=AttributionWords("також раніше пізніше уже вже"),
        that=AttributionWords("що"),
        both=AttributionWords("і й та"),
        origin=AttributionWords("від"),
        place=AttributionWords("у в на"),
        other=AttributionWords(
            "він вона воно вони я ми ви хто який яка яке які це той та те ті його її їх а але або чи де коли після до "
            "для за з із зі по про при через без над під між якщо ще не як щоб бо тому"
        ),
        voices=AttributionWords(
            "поліці* прокур* розвідк* військов* правоохоронц* генштаб* міністерств* влад* рятувальник* слідч* "
            "посадовц* прикордонник* пресслужб*"
        ),
        genitives=AttributionWords("*и *і *ї *а *я *у *ю"),
        patronymics=AttributionWords("*ович *овича *овичем *івна *івни *івною"),
        titles=AttributionWords(
            "президент* міністр* речни* прем'єр-міністр* голов* генерал генерала генералом пан пані директор*"
        ),
        times=AttributionWords("понеділ* вівтор* серед* четвер* п'ятниц* субот* неділ*"),
    ),
    "ru": Speech(
        cues=_cues(
            "по_данным по_информации по_словам по_сообщению по_оценкам согласно как_сообщает со_ссылкой_на "
            "ссылаясь_на по_мнению в_заявлении как_пишет"
        ),
        says=AttributionWords(
            "сообщает сообщают сообщил сообщила сообщили сообщило говорит говорят сказал сказала сказали заявил "
            "заявила заявили заявило заявляет отметил отметила отметили рассказал рассказала рассказали пишет пишут "
            "подчеркнул подчеркнула добавил добавила уточнил уточнила пояснил пояснила объявил объявила передает "
            "передаёт"
        ),
        claims=AttributionWords("подтвердил подтвердила подтвердили считает написал написала утверждает"),
        adverbs=AttributionWords("также ранее позднее уже"),
        that=AttributionWords("что"),
        both=AttributionWords("и"),
        origin=AttributionWords("от"),
        place=AttributionWords("в на"),
        other=AttributionWords(
            "он она оно они я мы вы кто который которая которое которые это тот та те его её ее их а но или где когда "
            "после до для за из с со по о об при через без над под между если ещё еще не как чтобы потому"
        ),
        voices=AttributionWords(
            "полици* прокур* разведк* военн* генштаб* министерств* власт* спасател* следовател* следств* чиновник* "
            "минобороны мид пресс-служб*"
        ),
        genitives=AttributionWords("*и *ы *а *я *у *ю"),
        patronymics=AttributionWords("*ович *евич *овича *евича *овичем *овна *евна *овны *евны *овной *ична *ичны"),
        titles=AttributionWords(
            "президент* министр* премьер-министр* глав* генерал генерала генералом господин госпожа директор*"
        ),
        times=AttributionWords("понедельник* вторник* сред* четверг* пятниц* суббот* воскресень*"),
    ),
    "de": Speech(
        cues=_cues(
            "laut nach_angaben_von nach_angaben_der nach_angaben_des unter_berufung_auf zufolge_von wie_aus mitteilte "
            "berichtet_von nach_informationen_von nach_informationen_der"
        ),
        says=AttributionWords(
            "sagte sagt sagten sagen erklärte erklärt erklärten berichtete berichtet berichten berichteten meldete "
            "meldet meldeten teilte betonte twitterte schrieb schreibt"
        ),
        claims=AttributionWords("bestätigte bestätigten warnte behauptete forderte ergänzte"),
        adverbs=AttributionWords("hat haben hatte auch zuvor bereits später am"),
        that=AttributionWords("dass"),
        articles=AttributionWords("der die das den dem des ein eine einer einem einen"),
        joins=AttributionWords("von van zu of für"),
        both=AttributionWords("und"),
        origin=AttributionWords("von"),
        place=AttributionWords("in im aus bei"),
        other=AttributionWords(
            "er sie es wir ich ihr wer was wenn weil aber oder nicht auch als mit nach vor über unter zwischen gegen "
            "ohne um auf an ist sind war waren wird werden wurde wurden sich dieser diese dieses sein seine ihre zum "
            "zur beim vom durch bis seit so wie noch nur mehr"
        ),
        nobody=AttributionWords(
            "bericht berichte studie angaben medienberichte medienberichten sprecher sprecherin unternehmen autor "
            "autoren experten forscher quellen minister ministerin mann frau menschen gesetz plan vertrag leute"
        ),
        titles=AttributionWords(
            "herr frau dr prof präsident präsidentin minister ministerin kanzler bundeskanzler bundeskanzlerin "
            "sprecher sprecherin chef chefin direktor außenminister innenminister"
        ),
        times=AttributionWords(
            "montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april mai juni juli "
            "august september oktober november dezember morgen abend woche jahr"
        ),
    ),
    "es": Speech(
        cues=_cues(
            "según de_acuerdo_con citando_a citado_por en_palabras_de conforme_a en_un_comunicado_de a_juicio_de"
        ),
        says=AttributionWords(
            "dijo dice dijeron dicen afirmó afirma afirmaron declaró declara declararon señaló señala señalaron "
            "explicó explica anunció anuncia anunciaron aseguró asegura aseguraron indicó indica informó informa "
            "informaron tuiteó"
        ),
        claims=AttributionWords(
            "confirmó confirma reconoció advirtió añadió agregó escribió sostiene reveló denunció publicó"
        ),
        be=AttributionWords("es fue son fueron"),
        adverbs=AttributionWords("ha han también ya ayer hoy además"),
        that=AttributionWords("que"),
        articles=AttributionWords("el la los las un una"),
        joins=AttributionWords("de del"),
        both=AttributionWords("y e"),
        origin=AttributionWords("de por"),
        place=AttributionWords("en"),
        other=AttributionWords(
            "él ella ellos ellas yo nosotros quien quienes cual esto esta este ese esa su sus lo le les se a al con "
            "por para sin sobre entre desde hasta cuando donde como si no pero o u más menos muy porque aunque "
            "mientras tras ante bajo contra durante está están era hay ser"
        ),
        voices=AttributionWords(
            "policía fiscalía ejército autoridades gobierno funcionarios inteligencia ministerio bomberos"
        ),
        records=AttributionWords("informe datos estudio comunicado cifras encuesta"),
        nobody=AttributionWords("expertos analistas fuentes informe estudio empresa portavoz investigadores"),
        titles=AttributionWords(
            "sr sra don doña dr presidente presidenta ministro ministra director directora portavoz general"
        ),
        times=AttributionWords(
            "lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto "
            "septiembre octubre noviembre diciembre"
        ),
    ),
}

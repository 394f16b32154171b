"""How news attributes what it says, one small table a language: the words around the name of a source.

``word*`` stands for every word that begins so, ``*word`` for every word that ends so. ``_`` joins a sequence.
"""

from dataclasses import dataclass


class Words:
    """A set of words, word beginnings and word endings, written as one string."""

    def __init__(self, listed: str) -> None:
        words = listed.split()
        self.exact = frozenset(word for word in words if "*" not in word)
        self.beginnings = tuple(word[:-1] for word in words if word.endswith("*"))
        self.endings = tuple(word[1:] for word in words if word.startswith("*"))

    def __contains__(self, word: str) -> bool:
        return word in self.exact or word.startswith(self.beginnings) or word.endswith(self.endings)


@dataclass(frozen=True, slots=True)
class Speech:
    """The words of one language that matter around a source's name, in lower case."""

    cues: tuple[tuple[str, ...], ...]  # the source follows: "according to"
    says: Words  # verbs that always attribute
    claims: Words  # verbs that attribute when what is claimed stands beside them: that ..., a colon, a quotation
    tells: Words  # verbs that attribute and take a listener, who is a source too when it is an outlet
    be: Words  # makes the verb passive: "was told"
    adverbs: Words  # may stand between a source and its verb
    that: Words
    articles: Words
    joins: Words  # inside names: "Bank of England"
    both: Words  # and
    origin: Words  # "data from X", "a report by X"
    place: Words  # "officials in Kyiv"
    other: Words  # words that are part of no name or noun phrase
    voices: Words  # a source even without a name
    bodies: Words  # a source beside a name: "Foreign Office spokesman"
    records: Words  # what a source publishes: "data from X" is X's
    nobody: Words  # capitalised, yet nobody's name
    titles: Words  # before a person's name, not part of it when names are compared
    times: Words
    inverts: bool  # the source may follow its verb anywhere, not only after what it said


def _speech(
    cues: str,
    says: str,
    claims: str = "",
    tells: str = "",
    be: str = "",
    adverbs: str = "",
    that: str = "",
    articles: str = "",
    joins: str = "",
    both: str = "",
    origin: str = "",
    place: str = "",
    other: str = "",
    voices: str = "",
    bodies: str = "",
    records: str = "",
    nobody: str = "",
    titles: str = "",
    times: str = "",
    inverts: bool = True,
) -> Speech:
    sequences = tuple(sorted((tuple(cue.split("_")) for cue in cues.split()), key=len, reverse=True))
    sets = (says, claims, tells, be, adverbs, that, articles, joins, both, origin, place, other, voices, bodies)
    return Speech(sequences, *map(Words, (*sets, records, nobody, titles, times)), inverts)


# A paper is not the town it is named after.
PAPERS = Words("times post journal herald tribune telegraph gazette examiner star sun mirror globe zeitung")
# Says that a listener is a news outlet.
OUTLET = Words(
    "times post journal herald tribune telegraph gazette news press agency newspaper magazine radio tv television "
    "guardian reuters bloomberg newsweek politico axios independent mirror sun zeitung spiegel tagesschau"
)

SPEECH = {
    "en": _speech(
        cues="according_to as_per citing cited_by quoted_by reported_by announced_by published_by obtained_by "
        "reviewed_by seen_by in_a_statement_by in_a_statement_from statement_from ,_via in_the_words_of quoting in_the_journal",
        says="said says say stated tweeted commented announced announces testified",
        claims="reported reports reporting added adds claimed claims confirmed confirms noted notes argued "
        "argues explained explains wrote writes write warned warns insisted acknowledged admitted declared indicated "
        "indicates suggested suggests estimated predicted predicts revealed reveals posted "
        "denied stressed emphasized emphasised reiterated recalled asked concedes conceded "
        "maintained points pointed observed remarked replied responded agreed alleged alleges asserted "
        "quipped joked continued hinted disclosed vowed pledged recounted cautioned cautions projected projects forecast written relates related",
        tells="told tells informed",
        be="is are was were be been being am isn't wasn't aren't weren't",
        adverbs="has have had also earlier later further recently previously since then now still first just once "
        "again already meanwhile however separately repeatedly publicly officially reportedly allegedly did does do "
        "himself herself itself themselves even only *ly",
        that="that",
        articles="the a an",
        joins="of for de von van der den la le du di da al bin ibn y zu",
        both="and &",
        origin="from by",
        place="in at near on with to into within across outside",
        other="he she it they we i you who which whom whose this these those his her its their our my your him them us "
        "me what where when while after before because since until unless although though if whether but or nor so "
        "than as about against over under between among during through without upon like including despite per via "
        "would will could should may might must can cannot can't won't didn't doesn't don't not no there here how why "
        "more most less least very too much many some any each every all another such other others one two three "
        "four five six seven eight nine ten up out off down away back both either neither only mr mrs "
        "went made took got came gave led left met held sent set put let kept became began released issued whose "
        "yesterday today tomorrow following amid toward towards around along ago however indeed instead perhaps "
        "maybe yes finally overall together nearly almost roughly ever never always often",
        voices="police prosecutors officials authorities military army navy intelligence firefighters investigators "
        "lawmakers",
        bodies="spokesperson spokesman spokeswoman spokespeople official officer officers office agency ministry "
        "department government administration campaign company website site news management executives team council "
        "commission committee court parliament embassy union party police service services attorney lawyer lawyers "
        "attorneys prosecutor analysts analyst researchers scientists experts economists representatives "
        "representative rep ambassador minister ministers newspaper magazine channel network outlet union bank board "
        "leaders leader residents critics activists forces command staff diplomats senators editors authority "
        "publication physicians doctors witnesses aide aides adviser advisers insiders insider source sources paper "
        "family families settlers groups group",
        records="report data statement statements study studies figures survey poll research letter documents "
        "document filing filings article analysis guidance estimates release post information interview note memo "
        "paper tweet map numbers statistics account accounts email emails calculations",
        nobody="analysts experts researchers scientists critics sources source people reports report others some many "
        "studies economists doctors authors company spokesperson spokesman spokeswoman",
        titles="mr mrs ms dr prof sir dame lord lady president minister secretary general director chief chairman "
        "chairwoman chair ceo cfo coo judge senator sen rep gov governor gen lt col captain sgt mayor professor "
        "ambassador commissioner chancellor king queen prince princess pope justice congressman congresswoman "
        "spokesman spokeswoman spokesperson analyst coach officer",
        times="monday tuesday wednesday thursday friday saturday sunday january february march april june july "
        "august september october november december jan feb mar apr jun jul aug sept sep oct nov dec week month year "
        "night morning afternoon evening",
        inverts=False,
    ),
    "uk": _speech(
        cues="за_даними за_інформацією за_словами за_повідомленням за_оцінками згідно_з як_повідомляє з_посиланням_на "
        "посилаючись_на на_думку у_заяві як_пише",
        says="повідомляє повідомляють повідомив повідомила повідомили повідомило каже кажуть сказав сказала сказали "
        "заявив заявила заявили заявило заявляє зазначив зазначила зазначили розповів розповіла розповіли пише пишуть "
        "наголосив наголосила підкреслив підкреслила додав додала уточнив уточнила пояснив пояснила оголосив оголосила",
        claims="підтвердив підтвердила підтвердили вважає написав написала стверджує",
        adverbs="також раніше пізніше уже вже",
        that="що",
        both="і й та",
        origin="від",
        place="у в на",
        other="він вона воно вони я ми ви хто який яка яке які це той та те ті його її їх а але або чи де коли після "
        "до для за з із зі по про при через без над під між якщо ще не як щоб бо тому",
        voices="поліці* прокур* розвідк* військов* правоохоронц* генштаб* міністерств* влад* рятувальник* слідч* "
        "посадовц* прикордонник* пресслужб*",
        titles="президент* міністр* речни* прем'єр-міністр* голов* генерал* пан пані директор*",
        times="понеділ* вівтор* серед* четвер* п'ятниц* субот* неділ*",
    ),
    "ru": _speech(
        cues="по_данным по_информации по_словам по_сообщению по_оценкам согласно как_сообщает со_ссылкой_на "
        "ссылаясь_на по_мнению в_заявлении как_пишет",
        says="сообщает сообщают сообщил сообщила сообщили сообщило говорит говорят сказал сказала сказали заявил "
        "заявила заявили заявило заявляет отметил отметила отметили рассказал рассказала рассказали пишет пишут "
        "подчеркнул подчеркнула добавил добавила уточнил уточнила пояснил пояснила объявил объявила передает передаёт",
        claims="подтвердил подтвердила подтвердили считает написал написала утверждает",
        adverbs="также ранее позднее уже",
        that="что",
        both="и",
        origin="от",
        place="в на",
        other="он она оно они я мы вы кто который которая которое которые это тот та те его её ее их а но или где когда "
        "после до для за из с со по о об при через без над под между если ещё еще не как чтобы потому",
        voices="полици* прокур* разведк* военн* генштаб* министерств* власт* спасател* следовател* следств* чиновник* "
        "минобороны мид пресс-служб*",
        titles="президент* министр* премьер-министр* глав* генерал* господин госпожа директор*",
        times="понедельник* вторник* сред* четверг* пятниц* суббот* воскресень*",
    ),
    "de": _speech(
        cues="laut nach_angaben_von nach_angaben_der nach_angaben_des unter_berufung_auf zufolge_von wie_aus mitteilte "
        "berichtet_von nach_informationen_von nach_informationen_der",
        says="sagte sagt sagten sagen erklärte erklärt erklärten berichtete berichtet berichten berichteten meldete "
        "meldet meldeten teilte betonte twitterte schrieb schreibt",
        claims="bestätigte bestätigten warnte behauptete forderte ergänzte",
        adverbs="hat haben hatte auch zuvor bereits später am",
        that="dass",
        articles="der die das den dem des ein eine einer einem einen",
        joins="von van zu of für",
        both="und",
        origin="von",
        place="in im aus bei",
        other="er sie es wir ich ihr wer was wenn weil aber oder nicht auch als mit nach vor über unter zwischen gegen "
        "ohne um auf an ist sind war waren wird werden wurde wurden sich dieser diese dieses sein seine ihre zum zur "
        "beim vom durch bis seit so wie noch nur mehr",
        nobody="bericht berichte studie angaben medienberichte medienberichten sprecher sprecherin unternehmen autor "
        "autoren experten forscher quellen minister ministerin mann frau menschen gesetz plan vertrag leute",
        titles="herr frau dr prof präsident präsidentin minister ministerin kanzler bundeskanzler bundeskanzlerin "
        "sprecher sprecherin chef chefin direktor außenminister innenminister",
        times="montag dienstag mittwoch donnerstag freitag samstag sonntag januar februar märz april mai juni juli "
        "august september oktober november dezember morgen abend woche jahr",
    ),
    "es": _speech(
        cues="según de_acuerdo_con citando_a citado_por en_palabras_de conforme_a en_un_comunicado_de a_juicio_de",
        says="dijo dice dijeron dicen afirmó afirma afirmaron declaró declara declararon señaló señala señalaron explicó "
        "explica anunció anuncia anunciaron aseguró asegura aseguraron indicó indica informó informa informaron tuiteó",
        claims="confirmó confirma reconoció advirtió añadió agregó escribió sostiene reveló denunció publicó",
        be="es fue son fueron",
        adverbs="ha han también ya ayer hoy además",
        that="que",
        articles="el la los las un una",
        joins="de del",
        both="y e",
        origin="de por",
        place="en",
        other="él ella ellos ellas yo nosotros quien quienes cual esto esta este ese esa su sus lo le les se a al con "
        "por para sin sobre entre desde hasta cuando donde como si no pero o u más menos muy porque aunque mientras "
        "tras ante bajo contra durante está están era hay ser",
        voices="policía fiscalía ejército autoridades gobierno funcionarios inteligencia ministerio bomberos",
        records="informe datos estudio comunicado cifras encuesta",
        nobody="expertos analistas fuentes informe estudio empresa portavoz investigadores",
        titles="sr sra don doña dr presidente presidenta ministro ministra director directora portavoz general",
        times="lunes martes miércoles jueves viernes sábado domingo enero febrero marzo abril mayo junio julio agosto "
        "septiembre octubre noviembre diciembre",
    ),
}

"""Articles written for the tests, each as a person would paste it: what stood above it, itself, what stood below."""

from typing import NamedTuple


class Paste(NamedTuple):
    language: str
    title: str
    above: str
    body: str
    below: str

    @property
    def text(self) -> str:
        return f"{self.above}\n\n{self.body}\n\n{self.below}"


PASTES = (
    Paste(
        language="en",
        title="Harbour town votes to keep its old ferry",
        above=(
            "Home\n\n"
            "World\n\n"
            "Culture\n\n"
            "Sign in\n\n"
            "Harbour town votes to keep its old ferry\n\n"
            "By Joan Merrill\n\n"
            "14 June"
        ),
        body=(
            "Voters in Ansley Bay decided on Sunday to keep the town's diesel ferry running for another "
            "ten years. The proposal passed with 61 percent of 8,400 ballots, the county clerk said.\n\n"
            "The ferry, built in 1978, carries about 900 people a day to the island of Corrie. Replacing "
            "it with an electric vessel would have cost 24 million dollars, according to a study by the "
            "port authority.\n\n"
            "Who pays for the repairs\n\n"
            "The county will cover two thirds of the 3 million dollars needed for a new engine. “We have "
            "waited long enough,” said Mayor Ruth Okafor, who had campaigned for the ferry since March.\n\n"
            "Islanders had warned that a bridge, the third option, would bring too much traffic. The "
            "port authority now plans to close the pier for repairs from October to January."
        ),
        below=(
            "Read next:\n\n"
            "Thank you for reading. If you value what we do, you can help us do more of it.\n\n"
            "Our newsroom is small, and every story we publish depends on people like you. For the price "
            "of a sandwich you keep our reporters on the road, and you get our letter from the harbour "
            "every Friday morning before anybody else does.\n\n"
            "Join us today!\n\n"
            "Comments are off."
        ),
    ),
    Paste(
        language="uk",
        title="Міська рада погодила будівництво нового мосту через Стир",
        above=(
            "Головна\n\n"
            "Новини\n\n"
            "Спорт\n\n"
            "Підписатися\n\n"
            "Міська рада погодила будівництво нового мосту через Стир\n\n"
            "Олена Ткаченко\n\n"
            "12 березня, 14:05"
        ),
        body=(
            "Міська рада Луцька на позачерговій сесії погодила будівництво нового мосту через річку "
            "Стир. За рішення проголосували 34 депутати, ще п'ятеро утрималися.\n\n"
            "За словами міського голови, роботи розпочнуться у квітні й триватимуть близько двох років. "
            "Вартість проєкту оцінюють у 210 мільйонів гривень.\n\n"
            "Звідки візьмуть гроші\n\n"
            "Половину суми виділить обласний бюджет, решту місто планує позичити в Європейського банку "
            "реконструкції та розвитку. Договір із банком депутати розглянуть у травні.\n\n"
            "Старий міст, збудований 1967 року, закриють для вантажівок уже цього місяця. Легкові "
            "автомобілі зможуть їздити ним до завершення робіт, повідомили в управлінні транспорту."
        ),
        below=(
            "Читайте також:\n\n"
            "Якщо ви дочитали до кінця, то можете допомогти нам писати далі. Ми існуємо завдяки вам, "
            "нашим читачам.\n\n"
            "Наша редакція невелика, але ми щодня працюємо, щоб ви першими знали про все важливе у "
            "вашому місті. Приєднуйтеся до нашої спільноти, і ми разом зробимо ще більше.\n\n"
            "Підтримати нас\n\n"
            "Коментарі закрито."
        ),
    ),
    Paste(
        language="de",
        title="Stadtrat beschließt Umbau des alten Güterbahnhofs",
        above=(
            "Startseite\n\n"
            "Politik\n\n"
            "Wirtschaft\n\n"
            "Newsletter\n\n"
            "Anmelden\n\n"
            "Stadtrat beschließt Umbau des alten Güterbahnhofs\n\n"
            "Von Katrin Lindner"
        ),
        body=(
            "Der Stadtrat von Görlitz hat am Donnerstag den Umbau des alten Güterbahnhofs beschlossen. "
            "Auf dem Gelände sollen bis 2029 rund 400 Wohnungen, eine Grundschule und ein Park entstehen.\n\n"
            "Der Entwurf stammt von einem Leipziger Büro, das sich unter 23 Bewerbern durchgesetzt "
            "hatte. Die Jury lobte vor allem den Erhalt der denkmalgeschützten Lagerhallen, in denen "
            "Werkstätten und ein Café unterkommen sollen.\n\n"
            "Kritik an den Kosten\n\n"
            "Die Opposition hält die veranschlagten 96 Millionen Euro für zu niedrig angesetzt. „Am Ende "
            "zahlen wir das Doppelte“, sagte Fraktionschef Jens Albrecht nach der Abstimmung. Die "
            "Verwaltung verwies auf einen Puffer von 15 Prozent.\n\n"
            "Mit den Abrissarbeiten auf der Westseite des Geländes soll im September begonnen werden. "
            "Anwohner können die Pläne bis Ende Mai im Rathaus einsehen."
        ),
        below=(
            "Mehr zum Thema:\n\n"
            "Schön, dass Sie bis hierher gelesen haben. Unsere Arbeit kostet Geld, und wir möchten "
            "unsere Texte für alle offen halten.\n\n"
            "Mit einem kleinen Beitrag im Monat helfen Sie uns, unabhängig zu berichten. Wir danken "
            "Ihnen dafür, dass Sie unsere Redaktion unterstützen, und wir versprechen Ihnen, weiter "
            "genau hinzusehen.\n\n"
            "Jetzt unterstützen!"
        ),
    ),
    Paste(
        language="ko",
        title="시의회, 새 도서관 건립안 의결",
        above=("홈\n\n정치\n\n경제\n\n로그인\n\n구독하기\n\n시의회, 새 도서관 건립안 의결\n\n김민수 기자"),
        body=(
            "전주시의회는 지난 화요일 본회의에서 새 시립도서관 건립안을 찬성 21표, 반대 9표로 "
            "의결했다. 도서관은 옛 버스터미널 자리에 들어서며 2027년 봄에 문을 열 "
            "예정이다.\n\n"
            "건립에는 모두 380억 원이 들며, 이 가운데 절반은 국비로 충당한다. 나머지 "
            "예산은 시와 도가 나누어 부담하기로 했다고 시 관계자가 밝혔다.\n\n"
            "주차장 논란\n\n"
            "일부 주민은 주차 공간이 부족하다며 계획을 다시 검토하라고 요구했다. 시는 지하 "
            "주차장을 두 층으로 넓혀 250대를 더 수용하겠다고 설명했다.\n\n"
            "설계는 지난해 국제 공모에서 뽑힌 서울의 건축사무소가 맡는다. 공사는 내년 "
            "3월에 시작되고 기존 도서관은 공사 기간에도 계속 운영된다."
        ),
        below=(
            "관련 기사:\n\n"
            "저희는 독자 여러분의 후원으로 운영됩니다. 여러분의 작은 정성이 저희에게 큰 힘이 "
            "됩니다. 저희 기사가 도움이 되었다면 후원에 함께해 주시기 바랍니다.\n\n"
            "후원하기\n\n"
            "댓글이 닫혔습니다.\n\n"
            "페이스북\n\n"
            "트위터"
        ),
    ),
)

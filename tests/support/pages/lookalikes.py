"""Pages that look like walls and hold an article."""

from tests.support.pages import IMPRINT, MENU, page

_STORY = (
    "<h1>The mill of Vell closes</h1><p>The cotton mill of Vell closed in March after a hundred and twelve years of "
    "spinning. Its last owner, Per Lund, said that the machines would be sold to a company in Portugal.</p>"
)
_MORE = (
    "<p>Forty spinners lost their work. The council wants to turn the hall into a school for three hundred children, "
    "and it has asked an architect from Bergen for drawings.</p>"
)


def _brief(text: str, language: str = "en") -> str:
    body = f"{MENU}<main><article><h1>In brief</h1><p>{text}</p></article></main>{IMPRINT}<script src='/a.js'></script>"
    return page(body, language=language)


ARTICLES: dict[str, str] = {
    "about what subscribers pay": _brief(
        "Streamfix will raise its prices for subscribers in Germany and Austria by two euros a month from October, the "
        "company said on Monday, citing the costs of its films. The cheapest plan with advertising stays at five euros."
    ),
    "about a session of parliament": _brief(
        "El Congreso de Vell inicia sesión extraordinaria este lunes para debatir la ley del agua, que divide a los "
        "partidos desde hace dos años, informó la presidenta de la cámara. La votación se espera para el jueves.",
        language="es",
    ),
    "about what was registered": _brief(
        "Ein Beben der Stärke 3,4 hat am Montag die Gegend um Vell erschüttert, ein ähnliches hatte der "
        "Erdbebendienst im Mai bereits registriert. Verletzt wurde niemand, sagt die Feuerwehr. Die Schule blieb zu.",
        language="de",
    ),
    "about a cheese": _brief(
        "Il formaggio di Vell, prodotto da tre secoli nella nostra valle con latte di capra, entra da lunedì nel "
        "registro dei prodotti protetti, ha detto il sindaco. Ne restano quaranta produttori, e il prezzo salirà.",
        language="it",
    ),
    "about a road": _brief(
        "A rodovia que liga nossa cidade ao porto de Vell fica fechada na segunda-feira por causa das obras na ponte, "
        "informou a prefeitura. O desvio passa pela serra e leva quarenta minutos a mais, segundo a polícia.",
        language="pt",
    ),
    "about cookies to eat": _brief(
        "A bakery in Vell gives the cookies that it could not sell by six to the nurses of our hospital, its owner Per "
        "Lund said on Monday. Some two hundred cookies a day had gone to the pigs before, and now we have none left."
    ),
    "about a road with a number": page(
        "<main><h1>Highway 404 reopens</h1><p>Highway 404 between Vell and the harbour was opened on Monday, two years "
        "after a storm had taken a part of it into the sea.</p><p>It now runs forty metres further inland, said the "
        "engineer Ida Holm, and the old bridge is left to the seagulls.</p></main>"
    ),
    "about a runtime": _brief(
        "Ferro 3.0, a runtime for JavaScript on small devices, was released on Monday by a team from Tartu. It starts "
        "in half the time of the last version and needs no more than two megabytes of memory. A debugger is planned."
    ),
    "in three sentences, with an offer below": page(
        "<article><h1>Ferry late</h1><p>The ferry to Vell was two hours late on Sunday. Its captain had overslept. "
        "Nobody complained, a passenger said, since the sea was calm and there was cake.</p></article>"
        "<p>Already a subscriber? Log in to continue reading more of our stories about the sea.</p>"
    ),
    "with a login in its header, a cookie banner and a film": page(
        "<header><form action='/login'><input type='password'><button>Log in</button></form></header>"
        f"<article>{_STORY}<iframe src='https://www.youtube.com/embed/1'></iframe>{_MORE}</article>"
        "<div id='cookie-banner'><p>We use cookies.</p><button>Accept</button></div><script src='/a.js'></script>"
    ),
    "about cookies": page(
        "<article><h1>Fewer banners</h1><p>Websites in Norway must no longer ask for consent to cookies that only "
        "count visitors, the ministry announced on Monday. Privacy groups had asked for stricter rules.</p><p>Cookies "
        "that follow readers from site to site still need a click on “Accept”, and a button to reject them.</p>"
        "</article>"
    ),
    "about passwords": page(
        "<article><h1>Longer is better</h1><p>A password of four random words is harder to guess than one of eight "
        "signs, researchers in Delft found. They asked two thousand students to log in to read a timetable.</p><p>Half "
        "of the students had forgotten their password within a week and clicked on “Forgot your password?”.</p>"
        "</article>"
    ),
    "about JavaScript, in an application": page(
        "<noscript>Please enable JavaScript.</noscript><div id='root'><article><h1>JavaScript turns thirty</h1><p>The "
        "language was written in ten days in May 1995, and nearly every page of the web runs it today.</p><p>Its "
        "author, a programmer from Pittsburgh, wanted a smaller language with a longer name.</p></article></div>"
        "<script src='/a.js'></script>"
    ),
    "of which a paywall leaves two sentences": page(
        f"<article>{_STORY}</article><div class='paywall'><p>Already a subscriber? Log in to continue.</p></div>",
        head='<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>',
    ),
}

"""Pages that no article can be made of, by kind."""

from tests.support.pages import HEADLINES, IMPRINT, MENU, linked, page

_OFFER = "Subscribe to continue reading and get every story of the Ansley Post"
_AEM = page("<div class='root container responsivegrid'><div class='cmp-container'>{}</div></div>")
WALLS: dict[str, dict[str, str]] = {
    "login": {
        "of a story with a clip": page(
            f"<main><h1>The mill closes</h1><p>{_OFFER}</p></main>",
            head='<script type="application/ld+json">[{"@type":"NewsArticle"},{"@type":"VideoObject"}]</script>',
        ),
        "an offer beside the text": page(f"<h1>The mill closes</h1><aside class='paywall'><p>{_OFFER}</p></aside>"),
        "in JSON-LD of an older kind": page(
            "<h1>The mill closes</h1><p>Vell plus</p>",
            head='<script type="application/ld+json; charset=utf-8">//<![CDATA[\n{"@type":"NewsArticle",'
            '"isAccessibleForFree":false}\n//]]></script>',
        ),
        "with the classes of a content system": _AEM.format(f"<h1>The mill closes</h1><p>{_OFFER}</p>"),
        "a form with a password": page(
            f"{MENU}<main><h1>Welcome back</h1><form action='/session' method='post'><label>E-mail<input type='email' "
            "name='e'></label><label>Password<input type='password' name='p'></label><button>Log in</button></form>"
            f"<a href='/reset'>Forgot your password?</a></main>{IMPRINT}"
        ),
        "a name first, the password on the next page": page(
            "<div class='box'><h1>Увійти</h1><form><input autocomplete='username' name='u'><button>Далі</button></form>"
            "</div>",
            language="uk",
        ),
        "by its own JSON-LD": page(
            f"{MENU}<article><h1>Die Mühle schließt</h1><p>Lesen Sie mehr mit Vell+</p></article>{IMPRINT}",
            head='<script type="application/ld+json">{"@context":"https://schema.org","@graph":[{"@type":"NewsArticle",'
            '"headline":"Die Mühle schließt","isAccessibleForFree":"False"}]}</script>',
            language="de",
        ),
        "by its own microdata": page(
            "<div itemscope itemtype='https://schema.org/NewsArticle'><meta itemprop='isAccessibleForFree' "
            "content='https://schema.org/False'><h1>Le moulin ferme</h1></div>",
            language="fr",
        ),
        "a paywall among links to other articles": page(
            f"{MENU}<main><h1>Die Mühle schließt</h1><div class='offer'><p>Dieser Artikel ist unseren Abonnenten "
            "vorbehalten. Melden Sie sich an und lesen Sie ihn auf all Ihren Geräten.</p><a href='/abo'>Testen</a>"
            f"</div><ul>{linked(HEADLINES)}</ul></main>{IMPRINT}",
            language="de",
        ),
        "Spanish": page(
            "<main><h1>El molino cierra</h1><p>Contenido exclusivo para suscriptores. Si usted lo es, inicie sesión."
            "</p><a href='/entrar'>Entrar</a></main>",
            language="es",
        ),
        "Russian": page(
            "<main><h1>Мельница закрывается</h1><p>Статья доступна по подписке</p><button>Оформить</button></main>",
            language="ru",
        ),
        "Polish": page("<p>Treść tylko dla prenumeratorów</p><a href='/kup'>Wykup dostęp</a>", language="pl"),
        "Korean": page("<h1>방앗간이 문을 닫는다</h1><p>로그인 후 볼 수 있는 회원 전용 기사</p>", language="ko"),
        "Chinese": page("<h1>磨坊关闭</h1><p>请登录后查看全部内容</p>", language="zh"),
        "Arabic": page("<h1>إغلاق الطاحونة</h1><p>هذا المحتوى للمشتركين فقط</p>", language="ar"),
        "with a cookie banner below": page(
            "<main><form action='/auth/login'><input type='password'><button>OK</button></form></main>"
            "<div id='cookie-banner'><p>We and our partners use cookies to measure how you read, and to show you what "
            "you may like.</p><button>Accept all</button></div>"
        ),
    },
    "consent": {
        "a banner and nothing else": page(
            f"{MENU}<div id='onetrust-banner-sdk'><h2>Your privacy</h2><p>We and our 842 partners store and read data "
            f"on your device.</p><button>Accept all</button><button>Reject all</button></div>{IMPRINT}"
        ),
        "in words only, German": page(
            "<div><p>Mit Ihrer Zustimmung verwenden wir Cookies</p><p>Einstellungen</p><p>Alle akzeptieren</p></div>",
            language="de",
        ),
        "accept or pay, French": page(
            "<main><p>Acceptez les cookies ou abonnez-vous</p><button>Accepter et continuer</button>"
            "<button>S’abonner</button></main>",
            language="fr",
        ),
        "Ukrainian": page("<div><p>Ми використовуємо файли cookie</p><p>Погоджуюся</p></div>", language="uk"),
        "Russian": page("<div><p>Мы используем куки</p><button>Согласен</button></div>", language="ru"),
        "Polish": page("<p>Używamy ciasteczek</p><button>Akceptuję</button>", language="pl"),
        "Korean": page("<p>이 사이트는 쿠키를 사용합니다</p><button>모두 동의</button>", language="ko"),
        "Arabic": page("<p>نستخدم ملفات تعريف الارتباط</p><button>أوافق</button>", language="ar"),
        "a frame from elsewhere": page(
            "<div id='app'></div><script src='/app.js'></script>"
            "<iframe id='sp_message_iframe_1' src='https://cdn.consents.example/index.html'></iframe>"
        ),
        "a form that is sent to a desk for consent": page(
            "<h1>Bevor Sie fortfahren</h1><form action='https://consent.vell.example/save'><p>Vell nutzt Daten, um "
            "Dienste bereitzustellen</p><button>Ja</button><button>Nein</button></form>",
            language="de",
        ),
    },
    "script": {
        "the bare root of an application": page(
            "<noscript>You need to enable JavaScript to run this app.</noscript><div id='root'></div>"
            "<script src='/static/main.js'></script>"
        ),
        "a root that says Loading, below a menu": page(
            f"{MENU}<div id='__next'><div class='spin'>Loading…</div></div>{IMPRINT}",
            head="<script type='module' src='/app.js'></script>",
        ),
        "an element of its own": page("<vell-reader></vell-reader>", head="<script defer src='/reader.js'></script>"),
        "a check of the browser": page(
            "<h1>Зачекайте</h1><p>Увімкніть JavaScript і файли cookie, щоб продовжити</p>"
            "<script>window._opt = {};</script>",
            language="uk",
            title="Перевірка",
        ),
        "a script that writes the body": page("<script>document.write(atob('PGgxPg=='))</script>"),
    },
    "links": {
        "a front page": page(f"<header>{MENU}</header><main><ul>{linked(HEADLINES)}</ul></main>{IMPRINT}"),
        "with times, labels for subscribers and a login": page(
            f"{MENU}<div><form action='/login'><input name='u'><input type='password'></form></div>"
            f"<section>{linked(HEADLINES, '<span>2 h</span><p>For subscribers</p>')}</section>{IMPRINT}"
        ),
        "with a film and a cookie banner": page(
            f"<main><video src='/film.mp4'></video><ul>{linked(HEADLINES)}</ul></main>"
            "<div class='cookie-bar'>We use cookies. <button>Accept</button></div>"
        ),
        "Korean": page(
            "<ul>"
            + linked(
                (
                    "항구 마을, 오래된 여객선을 지키기로 투표",
                    "알름강에서 하룻밤에 수달 열한 마리 확인",
                    "시의회, 마지막 방직 공장을 음악 학교에 매각",
                    "벨 등대가 해마다 봄이면 초록색이 되는 까닭",
                    "아랫마을 제빵사들, 호밀값에 항의해 파업",
                )
            )
            + "</ul>",
            language="ko",
        ),
    },
    "video": {
        "the element of a video site's": page("<h1>The last turn</h1><lite-youtube videoid='x'></lite-youtube>"),
        "an element": page(
            f"{MENU}<main><h1>The last turn of the wheel</h1><video controls><source src='/wheel.mp4'>Your browser "
            f"plays no videos.</video><p>Film, 2 min</p></main>{IMPRINT}"
        ),
        "a player in a frame": page(
            "<main><h1>Das Rad steht still</h1><iframe src='https://player.vimeo.com/video/1' allow='autoplay; "
            "fullscreen'></iframe></main>",
            language="de",
        ),
        "by its own Open Graph, among others": page(
            f"<h1>Останній оберт колеса</h1><div id='movie'></div><ul>{linked(HEADLINES)}</ul>",
            head="<meta property='og:type' content='video.other'>",
            language="uk",
        ),
        "by its own JSON-LD": page(
            "<h1>La última vuelta</h1><div id='player-1'></div>",
            head='<script type="application/ld+json">{"@type":["VideoObject"],"name":"La última vuelta"}</script>',
            language="es",
        ),
        "a recording": page("<h1>Episode 12: the wheel</h1><audio src='/12.mp3'></audio>"),
    },
    "empty": {
        "nothing": page("", title=""),
        "only a title": page("<div></div>"),
        "blanks": page("<p>&nbsp;</p>\n<p>\u200b </p><hr>"),
        "a picture": page("<img src='/scan.png' alt=''>"),
        "a counter of visitors": page("", head="<script async src='https://count.example/c.js'></script>"),
        "what is hidden": page("<div style='display: none'>Menu</div><p hidden>More</p>"),
    },
    "no_article": {
        "with the classes of a content system": _AEM.format(
            "<h1 class='cmp-title__text'>404</h1><div class='cmp-text'><p>Sorry, that page is gone.</p></div>"
        ),
        "with the sign of a video site in its footer": page(
            "<main><h1>Contact</h1><p>Ansley Post, Quay 4</p></main><footer><a class='icon youtube'></a></footer>"
        ),
        "with an advertisement that may play": page(
            "<h1>Contact</h1><p>Quay 4</p><iframe src='https://ads.example/x' allow='autoplay'></iframe>"
        ),
        "not found, with a login that opens on a click": page(
            f"{MENU}<main><h1>404</h1><p>Sorry</p></main><div class='modal fade' id='loginModal'><form action='/login'>"
            "<input type='password'></form></div>"
        ),
        "not found": page(f"{MENU}<h1>404</h1><p>Not found</p>{IMPRINT}"),
        "not found, but what others read": page(
            f"{MENU}<h1>Page not found</h1><p>Nothing here</p><ul>{linked(HEADLINES)}</ul>{IMPRINT}", title="404 | Post"
        ),
        "not found, with a login in its header": page(
            "<header><form action='/login'><input type='password'></form></header><h1>404</h1><p>Sorry</p>"
            "<noscript>JavaScript is off</noscript><script>count()</script>"
        ),
        "not found, in sentences": page(
            f"{MENU}<main><h1>404</h1><p>Sorry, that page is gone. Maybe it was never there.</p></main>{IMPRINT}"
        ),
        "a contact": page("<main><h1>Contact</h1><p>Ansley Post, Quay 4</p></main>"),
        "a map": page("<h1>Where we are</h1><iframe src='https://maps.example/embed?q=1' allowfullscreen></iframe>"),
    },
}

# Walls that speak in whole sentences, as an article does.
SPEAKING: dict[str, dict[str, str]] = {
    "login": {
        "English": page(
            f"{MENU}<main><h1>The mill of Vell closes</h1><div class='offer'><p>This article is for subscribers only. "
            "Subscribe to continue reading and get every story of the Ansley Post.</p><p>Already a subscriber? Log in "
            f"here.</p></div></main>{IMPRINT}"
        ),
        "German": page(
            "<main><h1>Die Mühle schließt</h1><p>Dieser Artikel ist exklusiv für Abonnenten. Bitte melden Sie sich an, "
            "um weiterzulesen.</p><p>Noch kein Konto? Registrieren Sie sich kostenlos.</p></main>",
            language="de",
        ),
        "Ukrainian": page(
            "<main><h1>Млин зачиняється</h1><p>Цей матеріал доступний передплатникам. Оформіть передплату, щоб "
            "продовжити читання.</p></main>",
            language="uk",
        ),
        "Polish": page(
            "<main><h1>Młyn się zamyka</h1><p>Ten artykuł jest dostępny tylko dla prenumeratorów. Zaloguj się, aby "
            "czytać dalej.</p></main>",
            language="pl",
        ),
        "Korean": page(
            "<main><h1>방앗간이 문을 닫는다</h1><p>이 기사는 구독자 전용입니다. 계속 읽으려면 로그인하세요.</p></main>",
            language="ko",
        ),
    },
    "consent": {
        "English": page(
            "<main><h2>Before you continue</h2><p>We use cookies and similar tools to measure how our pages are read. "
            "You can change your choice at any time.</p><button>Accept all</button><button>Reject all</button></main>"
        ),
        "Russian": page(
            "<main><p>Мы используем файлы cookie, чтобы наш сайт работал лучше. Продолжая, вы соглашаетесь с нашими "
            "правилами.</p><button>Принять</button></main>",
            language="ru",
        ),
    },
    "script": {
        "a check of the browser": page(
            "<div class='main'><h1>www.vell.example</h1><h2>Checking that the connection is safe</h2><p>Please enable "
            "JavaScript and cookies to continue.</p></div><script src='/check.js'></script>",
            title="Just a moment...",
        ),
    },
}

"""Pages of made-up sites: those of which no article can be made, and those that look like them and hold one."""

MENU = "<nav><a href='/'>Home</a> <a href='/world'>World</a> <a href='/login'>Log in</a></nav>"
IMPRINT = "<footer><a href='/terms'>Terms</a> <a href='/privacy'>Privacy and cookies</a> © Ansley Post</footer>"
HEADLINES = (
    "Harbour town votes to keep its old ferry for ten years",
    "Eleven otters counted on the river Alm in a single night",
    "Council sells the last cotton mill to a school of music",
    "Why the lighthouse of Vell is painted green every spring",
    "Bakers of Lower Wend go on strike over the price of rye",
    "A clockmaker of ninety repairs the bells of Saint Oda",
)


def page(body: str, *, head: str = "", language: str = "en", title: str = "Ansley Post") -> str:
    return (
        f"<!DOCTYPE html><html lang='{language}'><head><meta charset='utf-8'><title>{title}</title>{head}</head>"
        f"<body>{body}</body></html>"
    )


def linked(headlines: tuple[str, ...], more: str = "") -> str:
    return "".join(f"<li><a href='/{n}'>{headline}</a>{more}</li>" for n, headline in enumerate(headlines))

"""Two articles of a made-up paper, and the pages that hold such articles."""

MILL = (
    "The cotton mill of Vell closed in March after a hundred and twelve years of spinning, its last owner said.",
    "Forty spinners lost their work. The council wants to turn the hall into a school for three hundred children.",
)
PIER = (
    "The pier of Vell was rebuilt in autumn after a storm had taken forty metres of it in a single night.",
    "Ferries call there twice a day. The harbour master expects the first cruise ship at the end of the summer.",
)


def page(title: str, *sentences: str) -> bytes:
    body = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    head = f'<!doctype html><html lang="en"><head><title>{title}</title></head>'
    return f"{head}<body><article><h1>{title}</h1>{body}</article></body></html>".encode()

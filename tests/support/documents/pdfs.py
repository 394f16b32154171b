"""PDFs that say what a test wants them to, where it wants it."""

from collections.abc import Callable, Sequence
from io import BytesIO
from typing import Any

from reportlab.lib.pagesizes import A4
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

LEFT, TOP = 72, 770  # points; reportlab counts from the bottom
LEADING = 13
SIZE = 10

Draw = Callable[[Any], None]


def pdf(
    *pages: Draw,
    title: str = "",
    author: str = "",
    password: str | None = None,
    owner: str = "owner",
    invariant: int = 1,
) -> bytes:
    """A PDF with a page for each function, which draws on the canvas."""
    file = BytesIO()
    lock = None if password is None else StandardEncryption(password, ownerPassword=owner)
    canvas = Canvas(file, pagesize=A4, invariant=invariant, encrypt=lock)
    canvas.setTitle(title)
    canvas.setAuthor(author)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def lines(
    said: Sequence[str],
    *,
    x: float = LEFT,
    y: float = TOP,
    size: float = SIZE,
    font: str = "Helvetica",
    leading: float = LEADING,
) -> Draw:
    """Lines below each other, the first at ``y``."""

    def draw(canvas: Any) -> None:
        canvas.setFont(font, size)
        for n, line in enumerate(said):
            canvas.drawString(x, y - n * leading, line)

    return draw


def together(*drawn: Draw) -> Draw:
    def draw(canvas: Any) -> None:
        for one in drawn:
            one(canvas)

    return draw


def wrapped(text: str, width: float = 450, size: float = SIZE) -> list[str]:
    """The text in lines that are no wider than so many points, as a word processor breaks them."""
    found = [""]
    for word in text.split():
        longer = f"{found[-1]} {word}".strip()
        if found[-1] and stringWidth(longer, "Helvetica", size) > width:
            found.append(word)
        else:
            found[-1] = longer
    return found


def picture(canvas: Any) -> None:
    """What a scanner makes: a page that is nothing but a picture."""
    from PIL import Image

    canvas.drawImage(ImageReader(Image.new("L", (60, 80), 128)), 0, 0, *A4)


__all__ = ["LEADING", "SIZE", "TOP", "lines", "pdf", "picture", "together", "wrapped"]

"""Draws how time and memory grow with a library, as an SVG that follows the viewer's light or dark theme."""

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 360, 230  # of one panel
LEFT, RIGHT, TOP, BOTTOM = 44, 12, 34, 40  # margins of a panel
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 } .title { font-weight: 600 }
path { fill: none; stroke-width: 2 } .grid { stroke: #d1d9e0; stroke-width: 1 }
.a { stroke: #0969da } .b { stroke: #8250df; stroke-dasharray: 5 4 } .c { stroke: #1a7f37 }
text.a { fill: #0969da; stroke: none } text.b { fill: #8250df; stroke: none } text.c { fill: #1a7f37; stroke: none }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc } .grid { stroke: #3d444d }
  .a { stroke: #4493f8 } .b { stroke: #ab7df8 } .c { stroke: #3fb950 }
  text.a { fill: #4493f8 } text.b { fill: #ab7df8 } text.c { fill: #3fb950 }
}
"""
TIMES = {"library": "the library", "library p95": "its p95", "article": "one article"}


def svg(rows: Sequence[Mapping[str, float]]) -> str:
    """Two panels over the number of passages (in powers of ten): milliseconds for a question, and resident megabytes.

    Each row has ``passages``, the names of ``TIMES`` in milliseconds, and ``resident`` in megabytes.
    """
    panels = _panel("a question, ms", rows, TIMES, 0) + _panel("memory, MB", rows, {"resident": "resident"}, WIDTH)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {HEIGHT}" width="{2 * WIDTH}" role="img" '
        f'aria-label="Time of a question and memory, from {rows[0]["passages"]:,.0f} to {rows[-1]["passages"]:,.0f} '
        f'passages"><style>{STYLE}</style>{panels}</svg>\n'
    )


def _panel(title: str, rows: Sequence[Mapping[str, float]], lines: Mapping[str, str], x0: int) -> str:
    exponents = [math.log10(row["passages"]) for row in rows]
    first, last = math.floor(min(exponents)), max(math.ceil(max(exponents) - 0.01), math.floor(min(exponents)) + 1)
    step = _step(max(row[name] for row in rows for name in lines) / 4)
    most = step * 4

    def x(exponent: float) -> float:
        return x0 + LEFT + (exponent - first) / (last - first) * (WIDTH - LEFT - RIGHT)

    def y(value: float) -> float:
        return HEIGHT - BOTTOM - value / most * (HEIGHT - TOP - BOTTOM)

    parts = [f'<text class="title" x="{x0 + 8}" y="16">{title}</text>']
    for n in range(5):
        at = y(n * step)
        parts.append(f'<path class="grid" d="M{x(first):.1f} {at:.1f}H{x(last):.1f}"/>')
        parts.append(f'<text x="{x(first) - 6:.1f}" y="{at + 4:.1f}" text-anchor="end">{n * step:g}</text>')
    for exponent in range(first, last + 1):
        anchor = "end" if exponent == last else "middle"
        parts.append(
            f'<text x="{x(exponent):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="{anchor}">{10**exponent:,}</text>'
        )
    parts.append(f'<text x="{x(last):.1f}" y="{HEIGHT - 6}" text-anchor="end">passages</text>')
    for n, (style, (name, label)) in enumerate(zip("abc", lines.items(), strict=False)):
        points = [(x(e), y(row[name])) for e, row in zip(exponents, rows, strict=True)]
        drawn = "L".join(f"{a:.1f} {b:.1f}" for a, b in points)
        parts.append(f'<path class="{style}" d="M{drawn}"/>')
        parts.append(f'<text class="{style}" x="{x(first) + 80 * n:.1f}" y="{HEIGHT - 6}">{label}</text>')
    return "\n".join(parts)


def _step(least: float) -> float:
    """The smallest of 1, 2, 2.5, 5 times a power of ten that is not below ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= least)

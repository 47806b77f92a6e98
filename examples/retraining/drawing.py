"""A picture of a few lines over the months, as SVG: plain shapes, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

WIDTH, HEIGHT = 960, 380
LEFT, RIGHT, TOP, BOTTOM = 60, 370, 30, 45
STROKES = (("#8c8c8c", 2.5, "", 0), ("#7ab0d4", 7, "", 9), ("#d55e00", 2.5, "", 6), ("#0072b2", 2, "4 4", 3))
"""Colour, width and dashes of each line, and the radius of its dots: what others cover is larger."""
NAMES = ("Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def lines(
    scores: Mapping[str, Sequence[float]],
    promoted: Mapping[str, Sequence[int]],
    costs: Mapping[str, str],
    metric: str,
) -> str:
    """Return the picture.

    Args:
        scores: for each policy the metric on each month from February on.
        promoted: for each the months, from 1, after which a new model took over: a dot on the month after it.
        costs: for each what is said of it beside its name.
        metric: its name.
    """
    every = [value for row in scores.values() for value in row]
    low, high = min(every) // 0.02 * 0.02, max(every) // 0.02 * 0.02 + 0.02

    def x(at: int) -> float:
        return LEFT + at * (WIDTH - LEFT - RIGHT) / (len(NAMES) - 1)

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    ticks = [low + 0.02 * step for step in range(round((high - low) / 0.02) + 1)]
    body = [f'<text x="{LEFT}" y="18">{metric} on each month, before it was learned from</text>']
    for tick in ticks:
        body.append(f'<path d="M{LEFT} {y(tick):.1f}H{WIDTH - RIGHT}" stroke="#8884" />')
        body.append(f'<text x="{LEFT - 8}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:.2f}</text>')
    body += [
        f'<text x="{x(at):.1f}" y="{HEIGHT - 18}" text-anchor="middle">{name}</text>' for at, name in enumerate(NAMES)
    ]
    for row, (colour, wide, dashes, _) in zip(scores.values(), STROKES, strict=True):
        points = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in enumerate(row))
        drawn = f'stroke="{colour}" stroke-width="{wide}" stroke-dasharray="{dashes or "none"}"'
        body.append(f'<polyline points="{points}" fill="none" {drawn} />')
    for (name, row), (colour, *_, radius) in zip(scores.items(), STROKES, strict=True):
        body += [
            f'<circle cx="{x(month - 1):.1f}" cy="{y(row[month - 1]):.1f}" r="{radius}" fill="{colour}" />'
            for month in promoted[name]
        ]
    named = zip(scores.items(), STROKES, strict=True)
    ends = sorted(((row[-1], name, colour) for (name, row), (colour, *_) in named), reverse=True)
    below = 0.0
    for value, name, colour in ends:
        below = max(y(value) + 4, below + 17)
        body.append(f'<text x="{WIDTH - RIGHT + 10}" y="{below:.1f}" fill="{colour}">{name}: {costs[name]}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    style = 'font-family="sans-serif" font-size="13" fill="#777"'
    return "\n".join([f"{head} {style}>", *body, "</svg>", ""])

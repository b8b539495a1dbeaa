"""A chart of how a class did: for each question a bar for facility, a dot for discrimination."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gradviz.exam.marking.statistics import Row
from gradviz.export.formats.svg import svg
from gradviz.layout.curves import Point
from gradviz.scene.model import Circle, Item, Path, Rect, Scene, Text
from gradviz.scene.shapes import straight
from gradviz.scene.themes import theme

LEFT, TOP, HIGH, PITCH, BAR = 64.0, 56.0, 200.0, 46.0, 26.0


def plot(rows: Sequence[Row], style: str = "light") -> str:
    """The chart as SVG."""
    return svg(scene(rows), theme(style))


def scene(rows: Sequence[Row]) -> Scene:
    """The chart as a scene."""
    width, bottom = LEFT + PITCH * len(rows) + 24, TOP + HIGH
    items: list[Item] = [
        Rect("key-bar", "progress forward", LEFT, 20, 12, 12, 2),
        Text("key-bar-text", "ink", LEFT + 18, 31, "facility", 13, anchor="start"),
        Circle("key-dot", "dot hot", LEFT + 92, 26, 4),
        Text("key-dot-text", "ink", LEFT + 104, 31, "discrimination", 13, anchor="start"),
    ]
    for k in range(5):
        y = bottom - HIGH * k / 4
        items.append(Path(f"line-{k}", "grid", straight(LEFT - 6, y, width - 18, y)))
        items.append(
            Text(f"line-{k}-text", "muted", LEFT - 12, y + 4, f"{k * 25}%", 12, anchor="end")
        )
    for i, row in enumerate(rows):
        x, tall = LEFT + PITCH * (i + 0.5), HIGH * row.facility
        items.append(
            Rect(f"bar-{i}", "progress forward", x - BAR / 2, bottom - tall, BAR, max(tall, 0.5), 2)
        )
        if not math.isnan(row.discrimination):
            items.append(
                Circle(
                    f"dot-{i}",
                    "dot hot",
                    *Point(x, bottom - HIGH * max(row.discrimination, 0.0)),
                    4,
                )
            )
        items.append(Text(f"name-{i}", "ink", x, bottom + 18, row.place.removesuffix(".1"), 12))
    told = "; ".join(
        f"question {r.place.removesuffix('.1')} ({r.kind}): facility {r.facility:.0%},"
        f" discrimination {r.discrimination:.2f}"
        for r in rows
    )
    return Scene(
        max(width, 320.0),
        bottom + 36,
        "How the class did",
        f"A bar chart over {len(rows)} questions. {told}.",
        tuple(items),
    )

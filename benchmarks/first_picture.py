"""How long a page takes to its first picture in headless Chromium, beside an empty page.

    python benchmarks/first_picture.py [ROUNDS]

Both are opened in turns by one browser; what is measured is the browser's own first contentful
paint, in milliseconds after the beginning of the navigation. A page of 12 nodes should take at most
200.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

import gradviz as gv

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.browser import Browser

NODES = "a = x*y; b = a + z; c = maximum(y, z); d = b*c; g = tanh(d); h = g*x; k = h + b; k*k - c"
EMPTY = "<!doctype html><meta charset=utf-8><title>empty</title><p>.</p>"
PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"


def milliseconds(browser: Browser, page: Path) -> float:
    browser.open(page)
    browser.until(f"({PAINT}) > 0")
    return float(browser.run(PAINT))


def main(rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Browser() as browser:
        pages = {"empty": Path(folder) / "empty.html", "12 nodes": Path(folder) / "walk.html"}
        pages["empty"].write_text(EMPTY, encoding="utf-8")
        gv.render(NODES, pages["12 nodes"], x=1.5, y=2.0, z=-1.0)
        browser.size(1280, 720)
        taken: dict[str, list[float]] = {name: [] for name in pages}
        for _ in range(rounds):
            for name, page in pages.items():
                taken[name].append(milliseconds(browser, page))
        for name, found in taken.items():
            least, middle = min(found), statistics.median(found)
            print(f"{name:9} first picture after {middle:.0f} ms, at best {least:.0f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)

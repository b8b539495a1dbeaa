"""Deep Learning Tutorial: max pooling with 2x2 windows side by side.

Once as the op, window by window, and once written out: the larger of each pair of rows, then of
each pair of columns.
"""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

IMAGE = [[1, 1, 2, 4], [5, 6, 7, 8], [3, 2, 1, 0], [1, 2, 3, 4]]


UPSTREAM = [[1, 2], [3, 4]]
LARGER = "rows = maximum(x[::2], x[1::2]); pooled = maximum(rows[:, ::2], rows[:, 1::2])"


def runs() -> dict[str, gv.Trace | gv.CellTrace]:
    trace = gv.run("pooled = maxpool2d(x, 2)", x=IMAGE, upstream=UPSTREAM)
    return {
        "windows": gv.cells(trace, "pooled"),
        "in two stages": gv.run(LARGER, x=IMAGE, upstream=UPSTREAM),
    }


def main() -> list[Row]:
    found = runs()
    op, stages = found["windows"].trace, found["in two stages"]
    return [
        Row("pooled", [[6, 8], [3, 4]], op.value("pooled")),
        Row("  in two stages", [[6, 8], [3, 4]], stages.value("pooled")),
        Row("where gradients 1, 2, 3, 4 go", None, op.gradient("x")),
        Row("  in two stages", None, stages.gradient("x")),
    ]


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())

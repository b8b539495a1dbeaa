"""COSE474 Deep Learning, Lecture 0: a hard threshold gives AND and OR; XOR needs two layers."""

import sys
from pathlib import Path

import gradviz as gv

sys.path.append(str(Path(__file__).parents[1]))
from _shared import Row, present

CORNERS = [[0, 0], [0, 1], [1, 0], [1, 1]]
AND = "where(X @ [1, 1] >= 1.5, 1, 0)"
OR = "where(X @ [1, 1] >= 0.5, 1, 0)"
XOR = f"where({OR} - {AND} >= 0.5, 1, 0)"


def runs() -> dict[str, gv.Trace]:
    return {"or": gv.run(f"sum({OR})", X=CORNERS), "xor": gv.run(f"gate = {XOR}", X=CORNERS)}


def main() -> list[Row]:
    rows = []
    for name, gate, truth in [
        ("AND", AND, [0, 0, 0, 1]),
        ("OR", OR, [0, 1, 1, 1]),
        ("XOR", XOR, [0, 1, 1, 0]),
    ]:
        trace = gv.run(f"gate = {gate}", X=CORNERS)
        rows.append(Row(f"{name} of 00, 01, 10, 11", truth, trace.value("gate")))
    flat = runs()["or"].gradient("X")
    return [*rows, Row("the threshold's gradient: nothing to learn from", None, flat)]


if __name__ == "__main__":
    present(__file__, __doc__, main(), runs())

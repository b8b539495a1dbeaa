"""The four collections of slips from textbooks and forums are sound.

Their true numbers are gradviz's own, and each wrong one follows from the arithmetic beside it.
"""

import json
import math
import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import gradviz as gv

COLLECTIONS: dict[str, list[dict[str, Any]]] = {
    name: json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    for name in ("slips.json", "slips-second.json", "slips-third.json", "slips-fourth.json")
}
SLIPS = [slip for collection in COLLECTIONS.values() for slip in collection]
CLAIM = re.compile(
    r"(?P<kind>new |slope |)(?P<name>\w+)(?:\[(?P<place>\d+(?:,\d+)*)\])?"
    r"=(?P<number>-?\d+(?:\.(?P<decimals>\d+))?)"
)

each_slip = pytest.mark.parametrize("slip", SLIPS, ids=lambda slip: slip["name"])


def _arrays(inputs: dict[str, Any]) -> dict[str, Any]:
    return {
        name: np.array(value) if isinstance(value, list) else value
        for name, value in inputs.items()
    }


def _claim(text: str) -> tuple[str, str, tuple[int, ...], float, float]:
    """Kind, name, place, number and half a unit of its last digit of 'new W[0,1]=0.45'."""
    found = CLAIM.fullmatch(text)
    assert found, text
    place = tuple(int(index) for index in (found["place"] or "").split(",") if index)
    half_a_unit = 0.5 * 10.0 ** -len(found["decimals"] or "")
    return found["kind"].strip(), found["name"], place, float(found["number"]), half_a_unit


def _slope(slip: dict[str, Any], name: str, place: tuple[int, ...]) -> float:
    """(f(x + h) - f(x))/h for the element of the input at `place`."""
    nudged = _arrays(slip["inputs"])
    nudged[name] = np.array(nudged[name], dtype=float)
    nudged[name][place] += slip["h"]
    before, after = (gv.run(slip["source"], values=v) for v in (_arrays(slip["inputs"]), nudged))
    output = before.graph.output
    return float(after.value(output) - before.value(output)) / slip["h"]


def _true(slip: dict[str, Any], claim: str) -> float:
    kind, name, place, _, _ = _claim(claim)
    if kind == "slope":
        return _slope(slip, name, place)
    trace = gv.run(slip["source"], values=_arrays(slip["inputs"]))
    names = {node.name for node in trace.graph.nodes}
    if kind == "new":
        return float((trace.value(name) - slip["lr"] * trace.gradient(name))[place])
    if name not in names and not name.startswith("d"):  # an output without a name
        return float(np.asarray(trace.value(trace.graph.output))[place])
    of_node = trace.value(name) if name in names else trace.gradient(name.removeprefix("d"))
    return float(np.asarray(of_node)[place])


@each_slip
def test_the_true_numbers_are_those_of_gradviz(slip: dict[str, Any]) -> None:
    expected = [_true(slip, claim) for claim in slip["claims"]]
    assert slip["truth"] == pytest.approx(expected, rel=1e-6, abs=1e-9)


@each_slip
def test_the_wrong_numbers_follow_from_their_arithmetic(slip: dict[str, Any]) -> None:
    space = {"np": np, "math": math, "Fraction": Fraction} | _arrays(slip["inputs"])
    *statements, numbers = slip["arithmetic"]
    exec("\n".join(statements), space)
    for claim, number, truth in zip(
        slip["claims"], eval(numbers, space), slip["truth"], strict=True
    ):
        *_, claimed, half_a_unit = _claim(claim)
        assert claimed == pytest.approx(float(number), rel=0, abs=half_a_unit * (1 + 1e-9))
        assert abs(claimed - truth) > half_a_unit, "the claim is not wrong"


@pytest.mark.parametrize("collection", COLLECTIONS.values(), ids=COLLECTIONS)
def test_each_collection_is_large_enough(collection: list[dict[str, Any]]) -> None:
    assert len(collection) >= 45


def test_every_slip_says_what_it_is_and_where_it_was_found() -> None:
    assert len({slip["name"] for slip in SLIPS}) == len(SLIPS)
    for slip in SLIPS:
        assert slip["cause"] and slip["family"] and slip["found"]["title"], slip["name"]

"""`gradviz trace` and `gradviz tui`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Gradviz = Callable[..., "object"]


def test_the_trace_of_the_design(gradviz: Gradviz) -> None:
    document = json.loads(gradviz("trace", "x*y + z", "x=-3", "y=5", "z=2").out)
    assert document["schema"] == "gradviz.trace/1"
    assert document["graph"]["nodes"][0] == {
        "id": 0,
        "op": "input",
        "name": "x",
        "inputs": [],
        "options": {},
        "shape": [],
        "scope": "",
    }
    assert document["graph"]["output"] == 4
    assert document["values"]["0"] == -3.0 and document["gradients"]["0"] == 5.0
    assert document["steps"][0] == {"kind": "forward", "node": 3}
    assert {
        "kind": "contribute",
        "edge": {"source": 0, "target": 3, "slot": 0},
        "upstream": 1.0,
        "local": 5.0,
        "contribution": 5.0,
        "before": 0.0,
        "after": 5.0,
    } in document["steps"]


def test_a_saved_trace_is_printed_again_to_the_letter(gradviz: Gradviz, tmp_path: Path) -> None:
    printed = gradviz("trace", "x*y", "x=1", "y=2").out
    path = tmp_path / "t.json"
    path.write_text(printed)
    assert gradviz("trace", str(path)).out == printed


@pytest.mark.parametrize("name", ["missing/folder/t.json", ""])
def test_places_where_nothing_can_be_written(gradviz: Gradviz, tmp_path: Path, name: str) -> None:
    refused = gradviz("trace", "x", "x=1", "-o", str(tmp_path / name))
    assert refused.refused and refused.status == 1
    assert not list(tmp_path.iterdir())


def test_strange_values_are_text_in_json(gradviz: Gradviz) -> None:
    outcome = gradviz("trace", "1/x", "x=0")
    assert json.loads(outcome.out)["values"]["2"] == "Infinity"
    assert outcome.err.startswith("gradviz: warning: step 1: 1/0 = ∞ is a pole")


def test_tui_says_how_to_look_instead(gradviz: Gradviz) -> None:
    outcome = gradviz("tui", "x*y", "x=1", "y=2")
    assert outcome.status == 1 and outcome.refused
    assert 'gradviz show "x*y" x=1 y=2' in outcome.err

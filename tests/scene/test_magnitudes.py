"""`edges="magnitude"`: the picture says its own scale."""

from __future__ import annotations

import pytest

import gradviz as gv
from gradviz.scene.framing import Framing
from gradviz.scene.model import Text
from gradviz.scene.views.graph.pictures import Pictures
from gradviz.story.frame import Story

# f = 3·x + 4·y: the seed is 1, x receives 3 and y 4.
TRACE = gv.run("3*x + 4*y", x=1, y=2)
SAID = "the thickest brings 4."


def note(pictures: Pictures, k: int) -> str:
    texts = [
        i.text for i in pictures.scene(k).items if isinstance(i, Text) and i.id.startswith("note")
    ]
    return " ".join(texts)


@pytest.mark.parametrize("slide", ["16:9", "4:3", "none"])
def test_the_foot_says_the_scale_as_soon_as_a_wire_shows_it(slide: str) -> None:
    made = Pictures(Story(TRACE), Framing(slide), edges="magnitude")  # type: ignore[arg-type]
    plain = Pictures(Story(TRACE), Framing(slide))  # type: ignore[arg-type]
    seed = next(k for k in range(len(TRACE)) if TRACE.phase(k) == "seed")
    for k in range(len(TRACE) + 1):
        assert (SAID in note(made, k)) == (k > seed), k
        assert SAID not in note(plain, k)
        described = made.scene(k).description
        assert (SAID in described) == (k > seed)


def test_a_note_of_the_step_stays_beside_it() -> None:
    trace = gv.run("x*x + x", x=3)
    made, plain = (Pictures(Story(trace), edges=e) for e in ("magnitude", "plain"))  # type: ignore[arg-type]
    told = [k for k in range(len(trace) + 1) if note(plain, k)]
    assert told, "a branch says what is still to come"
    for k in told:
        assert note(made, k).startswith(note(plain, k)) and "thickest" in note(made, k)

"""Boxes of scopes hold what belongs to them and no more, and wires end on their ports."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gradviz.layout.cards import CardLayout
from gradviz.layout.curves import Box
from gradviz.layout.engines import Card
from gradviz.layout.nested import TITLE, place_nested
from gradviz.layout.rows import Room, place_in_rows
from tests.layout.test_cards import check, graphs, sampled

SLIDE = Room(908.0, 400.0, 16.0)


def steps(count: int) -> tuple[dict[int, Card], list[tuple[int, int, int]], dict[int, str]]:
    """A chain of steps: h' = tanh(w·h + u·x), each in its scope."""
    leaf, pair, one = (
        Card(60, 57, (), 28.5),
        Card(95, 57, (20.5, 36.5), 28.5),
        Card(95, 57, (28.5,), 28.5),
    )
    cards, wires, scopes, h = {0: leaf}, [], {0: ""}, 0
    for t in range(count):
        w, u, x, wh, ux, added, tanh = range(1 + 7 * t, 8 + 7 * t)
        cards |= {w: leaf, u: leaf, x: leaf, wh: pair, ux: pair, added: pair, tanh: one}
        scopes |= dict.fromkeys(range(w, tanh + 1), f"step {t}")
        wires += [(w, wh, 0), (h, wh, 1), (u, ux, 0), (x, ux, 1), (wh, added, 0), (ux, added, 1)]
        wires += [(added, tanh, 0)]
        h = tanh
    return cards, wires, scopes


def titles(scopes: dict[int, str]) -> dict[str, float]:
    paths = {path for path in scopes.values() if path}
    whole = {"/".join(path.split("/")[:k]) for path in paths for k in range(1, path.count("/") + 2)}
    return dict.fromkeys(sorted(whole), 40.0)


def contains(outer: Box, inner: Box) -> bool:
    return (
        outer.x <= inner.x and inner.right <= outer.right
        and outer.y <= inner.y and inner.bottom <= outer.bottom
    )  # fmt: skip


def inside(path: str, scope: str) -> bool:
    return f"{path}/".startswith(f"{scope}/")


def check_boxes(scopes: dict[int, str], layout: CardLayout) -> None:
    """A box holds the cards of its scope and no other, and boxes lie apart or in one another."""
    for scope, box in layout.scopes.items():
        for key, card in layout.boxes.items():
            if inside(scopes[key], scope):
                assert contains(box, card), (scope, key)
            else:
                assert not box.meets(card), (scope, key)
    for (one, a), (other, b) in itertools.combinations(layout.scopes.items(), 2):
        if inside(one, other) or inside(other, one):
            assert contains(*((a, b) if inside(other, one) else (b, a)))
        else:
            assert not a.grown(TITLE / 2).meets(b)


def check_wires(scopes: dict[int, str], layout: CardLayout) -> None:
    """No wire runs through the box of a scope that it does not belong to."""
    for (source, target, slot), curve in layout.wires.items():
        for scope, box in layout.scopes.items():
            if not inside(scopes[source], scope) and not inside(scopes[target], scope):
                met = [p for p in sampled(curve) if contains(box.grown(-1), Box(*p, 0, 0))]
                assert not met, (source, target, slot, scope)


def test_no_scope_is_divided_and_none_meets_another():
    cards, wires, scopes = steps(5)
    layout = place_nested(cards, wires, scopes, titles(scopes), room=SLIDE)
    check(cards, wires, layout)
    check_boxes(scopes, layout)
    check_wires(scopes, layout)
    assert len(layout.scopes) == 5
    for step in range(5):
        held = [key for key, scope in scopes.items() if scope == f"step {step}"]
        assert len({layout.rows[key] for key in held}) == 1


def test_equal_scopes_are_equal_inside():
    cards, wires, scopes = steps(4)
    layout = place_nested(cards, wires, scopes, titles(scopes), room=SLIDE)
    found = []
    for step in range(4):
        box = layout.scopes[f"step {step}"]
        held = [layout.boxes[key] for key in range(1 + 7 * step, 8 + 7 * step)]
        found.append([(round(b.x - box.x, 6), round(b.y - box.y, 6)) for b in held])
    assert found[0] == found[1] == found[2] == found[3]


def test_scopes_within_scopes_and_values_that_leave_both():
    """Two values leave the inner scope: one to the outer, one past it."""
    leaf, one, pair = (
        Card(60, 57, (), 28.5),
        Card(95, 57, (28.5,), 28.5),
        Card(95, 57, (20.5, 36.5), 28.5),
    )
    cards = {0: leaf, 1: one, 2: one, 3: one, 4: pair}
    wires = [(0, 1, 0), (1, 2, 0), (1, 4, 0), (2, 3, 0), (3, 4, 1)]
    scopes = {0: "", 1: "a/b", 2: "a/b", 3: "a", 4: ""}
    layout = place_nested(cards, wires, scopes, {"a": 10.0, "a/b": 400.0}, room=SLIDE)
    check(cards, wires, layout)
    check_boxes(scopes, layout)
    assert set(layout.scopes) == {"a", "a/b"} and layout.scopes["a/b"].w >= 400
    (fork,) = layout.forks[1]
    assert fork == (layout.boxes[1].right, layout.boxes[1].y + 28.5)


def test_a_scope_that_values_leave_and_come_back_to_has_no_box():
    one = Card(95, 57, (28.5,), 28.5)
    cards = {0: Card(60, 57, (), 28.5), 1: one, 2: one, 3: one}
    wires = [(0, 1, 0), (1, 2, 0), (2, 3, 0)]
    scopes = {0: "", 1: "a", 2: "", 3: "a"}
    layout = place_nested(cards, wires, scopes, {"a": 10.0}, room=SLIDE)
    assert not layout.scopes and layout == place_in_rows(cards, wires, room=SLIDE)


def test_scopes_that_need_one_another_have_no_boxes():
    """a1 → b1 and b2 → a2: each can be placed, but not both as boxes side by side."""
    leaf, one = Card(60, 57, (), 28.5), Card(95, 57, (28.5,), 28.5)
    cards = {0: leaf, 1: leaf, 2: one, 3: one, 4: one, 5: one, 6: Card(95, 57, (20.5, 36.5), 28.5)}
    wires = [(0, 2, 0), (2, 3, 0), (1, 4, 0), (4, 5, 0), (3, 6, 0), (5, 6, 1)]
    scopes = {0: "", 1: "", 2: "a", 3: "b", 4: "b", 5: "a", 6: ""}
    layout = place_nested(cards, wires, scopes, {"a": 10.0, "b": 10.0}, room=SLIDE)
    check(cards, wires, layout)
    assert not layout.scopes


@pytest.mark.parametrize("engine", ["graphlay", "own"])
def test_boxes_hold_with_every_engine(engine):
    cards, wires, scopes = steps(3)
    layout = place_nested(cards, wires, scopes, titles(scopes), room=SLIDE, engine=engine)
    check(cards, wires, layout)
    check_boxes(scopes, layout)
    check_wires(scopes, layout)


@given(graphs(most=16), st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_scopes_of_random_graphs(graph, random):
    """Scopes are stretches of the topological order, some of them within others."""
    cards, wires = graph
    scopes, scope = {}, ""
    for i, key in enumerate(sorted(cards)):
        if i % 3 == 0:
            scope = random.choice(["", f"s{i}", f"s{i}/t", "s0/u"])
        scopes[key] = scope
    layout = place_nested(cards, wires, scopes, titles(scopes), room=SLIDE)
    check(cards, wires, layout)
    check_boxes(scopes, layout)
    check_wires(scopes, layout)
    assert layout == place_nested(cards, wires, scopes, titles(scopes), room=SLIDE)

"""Properties of placed cards, checked by dense sampling, apart from the construction that the code
uses.
"""

import hashlib
import itertools
import os
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gradviz.errors import LayoutError, ValueInputError
from gradviz.layout import cards as placing
from gradviz.layout import engines
from gradviz.layout.cards import CARD_GAP, CardLayout, TooLargeError, place_cards
from gradviz.layout.curves import Box, Point
from gradviz.layout.detour import Column, detour
from gradviz.layout.engines import Answer, Card, LayoutTimeoutError


@st.composite
def graphs(draw, most: int = 40):
    """Random acyclic graphs of cards with fractional sizes, repeated operands and far jumps."""
    count = draw(st.integers(1, most))
    random = draw(st.randoms(use_true_random=False))
    cards, wires = {}, []
    for node in range(count):
        arity = 0 if node == 0 else random.choice([0, 1, 2, 2, 3, 5])
        height = random.choice([12.5, 40, 56, 70.25, 180])
        ports = tuple(height * (slot + 0.5) / arity for slot in range(arity))
        cards[node * 3] = Card(
            random.uniform(8, 160), height, ports, height * random.choice([0.2, 0.5, 0.9])
        )
        far = random.random() < 0.4
        for slot in range(arity):
            source = random.randrange(0 if far else max(0, node - 6), node)
            wires.append((source * 3, node * 3, slot))
    return cards, wires


def sampled(curve):
    for i in range(0, len(curve) - 3, 3):
        a, b, c, d = curve[i : i + 4]
        for k in range(41):
            t, u = k / 40, 1 - k / 40
            yield tuple(
                u**3 * a[n] + 3 * u * u * t * b[n] + 3 * u * t * t * c[n] + t**3 * d[n]
                for n in (0, 1)
            )


def depth(box, point) -> float:
    """How far inside a box a point is; negative outside."""
    (x, y), (left, top, width, height) = point, box
    return min(x - left, left + width - x, y - top, top + height - y)


def check(cards, wires, layout: CardLayout) -> None:
    assert layout.boxes.keys() == cards.keys()
    assert set(layout.wires) == set(wires)
    for key, box in layout.boxes.items():
        assert (box.w, box.h) == (cards[key].width, cards[key].height)
        assert box.x >= 0 and box.y >= 0
        assert box.x + box.w <= layout.width and box.y + box.h <= layout.height
    for a, b in itertools.combinations(layout.boxes.values(), 2):
        apart = max(a.x - b.x - b.w, b.x - a.x - a.w, a.y - b.y - b.h, b.y - a.y - a.h)
        assert apart > CARD_GAP - 2, "cards overlap or nearly touch"
    for (source, target, slot), curve in layout.wires.items():
        start, end = layout.boxes[source], layout.boxes[target]
        assert len(curve) % 3 == 1
        assert curve[0] == pytest.approx((start.x + start.w, start.y + cards[source].out))
        assert curve[-1] == pytest.approx((end.x, end.y + cards[target].ports[slot]))
        assert curve[1][1] == curve[0][1] and curve[1][0] > curve[0][0], (
            "does not leave level to the right"
        )
        assert curve[-2][1] == curve[-1][1] and curve[-2][0] < curve[-1][0], "does not arrive level"
        for point in sampled(curve):
            assert (
                -0.01 <= point[0] <= layout.width + 0.01
                and -0.01 <= point[1] <= layout.height + 0.01
            )
            for key, box in layout.boxes.items():
                assert depth(box, point) < 0.6, (
                    f"wire {source, target, slot} runs through card {key}"
                )


def fork() -> tuple[dict[int, Card], list[tuple[int, int, int]]]:
    """(x*y + z) * max(y, z), cards as a frame draws them."""
    leaf, gate = Card(60, 56, (), 28), Card(104.6, 56, (14, 42), 28)
    cards = {0: leaf, 1: leaf, 2: leaf, 3: gate, 4: gate, 5: gate, 6: gate}
    wires = [(0, 3, 0), (1, 3, 1), (3, 4, 0), (2, 4, 1), (1, 5, 0), (2, 5, 1), (4, 6, 0), (5, 6, 1)]
    return cards, wires


def scattered() -> tuple[dict[int, Card], list[tuple[int, int, int]]]:
    """Forty cards of many widths, of which two are wired."""
    cards = {i: Card(8 + 37 * i % 150, 40, (20,), 20) for i in range(40)}
    return cards, [(0, 39, 0)]


@settings(max_examples=40, deadline=None)
@given(graphs())
@example(fork())
def test_nothing_meets_and_every_wire_ends_on_its_ports(graph):
    check(*graph, place_cards(*graph))


@pytest.mark.parametrize("engine", ["graphlay", "own"])
@settings(max_examples=40, deadline=None)
@given(graph=graphs())
@example(graph=fork())
@example(graph=scattered())
def test_the_same_holds_for_the_engines_that_step_in(engine, graph):
    check(*graph, place_cards(*graph, engine=engine))


@pytest.mark.parametrize("engine", ["graphlay", "own"])
def test_nothing_stands_before_the_first_cards_or_behind_the_last(engine):
    cards, wires = fork()
    cards |= {7: cards[0], 8: Card(2, 13, (6.5,), 6.5)}
    cards[6] = Card(104.6, 56, (10, 28, 46), 28)
    wires += [(7, 6, 2), (3, 8, 0)]
    layout = place_cards(cards, wires, engine=engine, first=[7], last=[8])
    check(cards, wires, layout)
    others = [box for key, box in layout.boxes.items() if key not in (7, 8)]
    assert all(layout.boxes[7].x < box.right for box in others)
    assert all(box.x < layout.boxes[8].right for box in others)


@settings(max_examples=20, deadline=None)
@given(graphs(most=25))
@example(fork())
def test_the_same_holds_for_wires_that_the_engine_ran_through_a_card(graph):
    """Every wire takes the detour, as if the engine had failed it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(placing, "clear", lambda *_: False)
        check(*graph, place_cards(*graph))


def test_a_wire_through_a_card_is_noticed_and_run_around_it(monkeypatch):
    """A fake engine puts three cards in a row and runs a wire from the first straight to the
    last.
    """
    cards = {0: Card(40, 40, (), 20), 1: Card(40, 40, (), 20), 2: Card(40, 40, (20,), 20)}
    boxes = {i: Box(100 * i, 0, 40, 40) for i in range(3)}
    through = {(0, 2, 0): [Point(x, 20) for x in (40, 90, 150, 200)]}
    answer = Answer(boxes, through)
    monkeypatch.setattr(engines, "place", lambda *_: (answer, engines.own.ENGINE, []))
    layout = place_cards(cards, [(0, 2, 0)])
    check(cards, [(0, 2, 0)], layout)
    assert layout.height > 40

    answer = Answer(boxes)  # the engine lost the wire altogether
    check(cards, [(0, 2, 0)], place_cards(cards, [(0, 2, 0)]))


def test_a_repeated_operand_has_a_wire_to_each_port():
    cards = {0: Card(60, 56, (), 28), 1: Card(90, 56, (14, 42), 28)}
    wires = [(0, 1, 0), (0, 1, 1)]
    layout = place_cards(cards, wires)
    check(cards, wires, layout)
    first, second = (layout.wires[wire] for wire in wires)
    assert first[0] == second[0]
    assert second[-1].y - first[-1].y == pytest.approx(28)
    assert layout.boxes[0].x + 60 < layout.boxes[1].x


def test_ports_closer_than_a_unit_and_at_the_edges():
    cards = {0: Card(30, 8, (), 8), 1: Card(30, 8, (0, 0.3, 0.6, 7.9, 8), 0)}
    wires = [(0, 1, slot) for slot in range(5)]
    check(cards, wires, place_cards(cards, wires))


def test_one_card_and_none():
    assert place_cards({}, []) == CardLayout(0, 0, {}, {})
    layout = place_cards({7: Card(30.5, 20, (), 10)}, [])
    assert layout.boxes == {7: (0, 0, 30.5, 20)}
    assert (layout.width, layout.height) == (31, 20)


def test_the_order_of_the_cards_in_the_mapping_does_not_matter():
    cards, wires = fork()
    assert place_cards(dict(reversed(cards.items())), wires) == place_cards(cards, wires)


def test_the_layout_is_the_same_in_another_process():
    cards, wires = fork()
    code = (
        "import hashlib; from gradviz.layout.cards import place_cards; "
        "from gradviz.layout.engines import Card; "
        f"print(hashlib.sha256(repr(place_cards({cards!r}, {wires!r})).encode()).hexdigest())"
    )
    here = hashlib.sha256(repr(place_cards(cards, wires)).encode()).hexdigest()
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", code]
        other = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert other.stdout.strip() == here


def test_what_comes_first_stands_left_of_all_else_wherever_the_engine_puts_it(monkeypatch):
    """A wire that is led to card 3 from the left, at its height, would meet card 0."""
    cards = {0: Card(100, 60, (), 30), 1: Card(80, 60, (30,), 30), 2: Card(80, 60, (20, 40), 30)}
    cards[3] = Card(2, 13, (), 6.5)
    wires = [(0, 1, 0), (1, 2, 0), (3, 2, 1)]
    boxes = {0: Box(0, 40, 100, 60), 1: Box(150, 0, 80, 60), 2: Box(300, 0, 80, 60)}
    answer = Answer(boxes | {3: Box(189, 66, 2, 13)}, {})
    monkeypatch.setattr(engines, "place", lambda *_: (answer, engines.own.ENGINE, []))
    layout = place_cards(cards, wires, first=[3])
    assert all(layout.boxes[3].right < layout.boxes[key].x for key in (0, 1, 2))
    check(cards, wires, layout)


def test_too_many_cards_are_refused_before_the_engine_runs(monkeypatch):
    monkeypatch.setattr(engines, "place", lambda *_: pytest.fail("the engine ran"))
    many = {i: Card(30, 20, (), 10) for i in range(placing.LIMIT + 1)}
    with pytest.raises(TooLargeError, match=f"{placing.LIMIT + 1} cards are too many") as caught:
        place_cards(many, [])
    assert "fold scopes" in str(caught.value)
    with pytest.raises(TooLargeError, match="2 cards"):
        place_cards({0: many[0], 1: many[1]}, [], limit=1)


def test_running_out_of_time_is_too_large(monkeypatch):
    def late(*_, **__):
        raise LayoutTimeoutError(
            "no layout engine could lay out the graph", got="bundled: no answer"
        )

    monkeypatch.setattr(engines, "place", late)
    with pytest.raises(TooLargeError, match="took too long") as caught:
        place_cards(*fork())
    assert "bundled: no answer" in str(caught.value)


def test_a_failing_engine_is_a_layout_error_but_not_too_large(tmp_path):
    with pytest.raises(LayoutError, match="cannot be run") as caught:
        place_cards(*fork(), engine=str(tmp_path / "missing"))
    assert not isinstance(caught.value, TooLargeError)


@pytest.mark.parametrize(
    ("wires", "said"),
    [
        ([(0, 9, 0)], "no card"),
        ([(9, 3, 0)], "no card"),
        ([(0, 3, 2)], "no port"),
        ([(0, 3, -1)], "no port"),
        ([(0, 3, 0), (0, 3, 0)], "twice"),
        ([(3, 4, 0), (4, 3, 0)], "backwards"),
        ([(3, 3, 0)], "backwards"),
    ],
)
def test_wires_that_cannot_be_are_refused(wires, said):
    cards, _ = fork()
    with pytest.raises(ValueInputError, match=said):
        place_cards(cards, wires)


@pytest.mark.parametrize(
    "card", [Card(30, 20, (21,), 10), Card(30, 20, (-1,), 10), Card(30, 20, (), 20.5)]
)
def test_ports_beyond_their_card_are_refused(card):
    with pytest.raises(ValueInputError, match="card 0 has a port"):
        place_cards({0: card}, [])


@pytest.mark.parametrize("engine", ["auto", "graphlay", "own"])
def test_two_wires_that_may_arrive_in_either_order_do_not_cross(engine):
    """x and y go to two gates, at one in the other order: with free ports nothing crosses."""
    leaf, gate = Card(60, 57, (), 28.5), Card(105, 57, (20.5, 36.5), 28.5)
    wires = [(0, 2, 0), (1, 2, 1), (0, 3, 1), (1, 3, 0)]
    fixed = place_cards({0: leaf, 1: leaf, 2: gate, 3: gate}, wires, engine=engine)
    free = replace(gate, swaps=True)
    layout = place_cards({0: leaf, 1: leaf, 2: free, 3: free}, wires, engine=engine)
    assert not fixed.swapped and len(layout.swapped) == 1
    for target in (2, 3):
        order = sorted((0, 1), key=lambda key: layout.boxes[key].y)
        ends = {source: layout.wires[source, t, k][-1].y for source, t, k in wires if t == target}
        assert ends[order[0]] < ends[order[1]]


def test_values_leave_a_card_at_their_own_heights():
    cards = {0: Card(60, 80, (), 10.0, {7: 30.0, 8: 60.0}), 1: Card(60, 40, (10.0, 30.0), 20.0)}
    layout = place_cards(cards, [(7, 1, 0), (8, 1, 1)])
    top = layout.boxes[0].y
    assert [layout.wires[key][0].y - top for key in ((7, 1, 0), (8, 1, 1))] == [30.0, 60.0]


def test_a_detour_has_no_piece_without_a_direction():
    start, end = Point(100.0, 10.0), Point(140.0, 40.0)
    near = Column(0.0, 100.0 + 6e-14, [Box(0, 0, 100.0 + 6e-14, 20)])
    curve = detour(start, end, [near, Column(140.0, 200.0, [Box(140, 30, 60, 20)])])
    assert curve[1].x > curve[0].x + 1

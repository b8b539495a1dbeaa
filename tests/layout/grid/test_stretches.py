"""The items that a window touches are found as by a full scan."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gradviz.layout.grid.strokes import Stretches

SPANS = st.lists(
    st.tuples(st.integers(-50, 50), st.integers(0, 30)).map(lambda s: (s[0], s[0] + s[1])),
    max_size=40,
)


@given(SPANS, st.integers(-60, 60), st.integers(1, 40))
def test_the_window_holds_what_touches_it_in_the_order_given(
    spans: list[tuple[int, int]], start: int, width: int
) -> None:
    found = Stretches((first, last, place) for place, (first, last) in enumerate(spans)).within(
        start, start + width
    )
    window = set(range(start, start + width))
    assert found == [
        n for n, (first, last) in enumerate(spans) if window & set(range(first, last + 1))
    ]

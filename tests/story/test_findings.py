"""Findings in sentences."""

import pytest

from gradviz.story.findings import perhaps


@pytest.mark.parametrize(
    ("sentence", "guess"),
    [
        ("You added the paths.", "Perhaps you added the paths."),
        ("This is the value.", "Perhaps this is the value."),
        ("The slope of x² is 2x.", "Perhaps this was overlooked: the slope of x² is 2x."),
        ("ReLU passes nothing.", "Perhaps this was overlooked: ReLU passes nothing."),
    ],
)
def test_a_guess_is_one_sentence(sentence: str, guess: str) -> None:
    assert perhaps(sentence) == guess

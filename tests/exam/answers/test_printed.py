"""Every key is read back as right from every notation in which a paper prints it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gradviz.exam import kinds
from gradviz.exam.answers import Answer
from gradviz.exam.kinds import question
from gradviz.exam.question.question import Part
from gradviz.exam.text import Text, in_latex, plain, write
from gradviz.story.maths import ascii as in_ascii

ALL = [(name, level) for name, kind in kinds.every().items() for level in kind.levels]


def notations(text: Text) -> Iterator[str]:
    """Unicode, LaTeX with three kinds of signs around it, and ASCII."""
    yield plain(text)
    inline = in_latex(text)
    yield from (inline, inline.strip("$"), inline.replace("$", "$$"))
    if inline.startswith("$"):
        yield f"\\({inline.strip('$')}\\)"
    yield write(text, str, in_ascii.write)


def printed(part: Part) -> Iterator[str]:
    """The key alone, and with the prompt copied before it."""
    answer: Answer = part.answer
    for key in (answer.written, *notations(answer.shown)):
        yield key
        yield key.replace("-", "−")
        if not answer.listed:
            yield f"{plain(part.prompt)} {key}"
    if not answer.listed:
        yield in_latex((*part.prompt, " ", *answer.shown))


@pytest.mark.parametrize(("name", "level"), ALL)
def test_every_key_is_read_as_it_is_printed(name: str, level: int) -> None:
    for seed in range(3):
        for part in question(name, level, seed, "printed").parts:
            if not part.answer.by_hand:
                for text in printed(part):
                    assert part.answer.mark(text).credit == 1, text

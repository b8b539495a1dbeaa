"""True or false: nothing in the form of the options says which one is right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from fractions import Fraction

import pytest

from gradviz.exam.answers.choice import Choice
from gradviz.exam.kinds import question
from gradviz.exam.kinds.true_false import FACTS
from gradviz.exam.text import plain

LEVELS = [1, 2, 3]
ABSOLUTE = r"\b(only|whatever|everywhere|all|whole|each|every|both|itself|once)\b"
CUES: dict[str, Callable[[str], int]] = {
    "characters": len,
    "words": lambda rule: len(rule.split()),
    "commas": lambda rule: rule.count(","),
    "absolute words": lambda rule: len(re.findall(ABSOLUTE, rule)),
    "negations": lambda rule: len(re.findall(r"\b(not|no|nothing|but|since)\b", rule)),
    "signs": lambda rule: len(re.findall(r"[^a-zA-Z ,]", rule)),
}


def options(level: int, seed: int) -> tuple[str, list[str], int]:
    """The statement, the options, and which one is right."""
    asked = question("true-false", level, seed, "form")
    answer = asked.parts[0].answer
    assert isinstance(answer, Choice) and not answer.several
    (right,) = answer.right
    return plain(asked.text[0]), [plain(o.text) for o in answer.options], right


@pytest.mark.parametrize("level", LEVELS)
def test_both_verdicts_are_crossed_with_both_rules(level: int) -> None:
    for seed in range(30):
        _, found, _ = options(level, seed)
        split = [text.split(", because ", 1) for text in found]
        verdicts, rules = ({pair[i] for pair in split} for i in (0, 1))
        assert verdicts == {"True", "False"} and len(rules) == 2
        assert len(set(found)) == 4, "so each verdict and each rule occurs twice"


@pytest.mark.parametrize("level", LEVELS)
def test_there_are_many_facts_and_their_rules_differ(level: int) -> None:
    facts = FACTS[level]
    assert len(facts) >= 10 and len({f.source for f in facts}) == len(facts)
    assert all(f.right != f.wrong for f in facts)
    asked = Counter(options(level, seed)[0].partition(", with")[0] for seed in range(150))
    assert len(asked) == len(facts) and max(asked.values()) < 150 / 4


@pytest.mark.parametrize("cue", CUES)
@pytest.mark.parametrize("level", LEVELS)
def test_no_cue_in_the_words_tells_the_right_rule(level: int, cue: str) -> None:
    """Who follows a cue, or its opposite, and guesses at ties, finds about half the rules."""
    measure, found = CUES[cue], Fraction(0)
    for fact in FACTS[level]:
        right, wrong = measure(fact.right), measure(fact.wrong)
        found += Fraction(1, 2) if right == wrong else Fraction(right > wrong)
    assert Fraction(1, 3) <= found / len(FACTS[level]) <= Fraction(2, 3), float(found)


@pytest.mark.parametrize("level", LEVELS)
def test_place_and_verdict_tell_nothing(level: int) -> None:
    """Chi-squared over 400 questions: below 16.3 for four places, below 10.8 for two verdicts."""
    count = 400
    places, verdicts = Counter[int](), Counter[str]()
    for seed in range(count):
        _, found, right = options(level, seed)
        places[right] += 1
        verdicts[found[right].partition(",")[0]] += 1
    for tally, kinds, limit in ((places, 4, 16.3), (verdicts, 2, 10.8)):
        even = count / kinds
        assert sum((n - even) ** 2 / even for n in tally.values()) < limit, tally


BY_HAND = {
    1: ("3", "1/2", "1", "-1", "3", "9", "12", "-2", "-2/9", "-2", "3", "1"),
    2: ("1", "-2", "1/2", "1", "-2", "1", "6", "1", "-2", "-1", "0", "-2"),
    3: ("6", "-1", "3", "0", "12", "1", "8", "-2", "-16", "4", "1", "-6"),
}
"""What the wrong rules give for ∂f/∂x at x = 3 and y = −2, worked out from their words."""


@pytest.mark.parametrize("level", LEVELS)
def test_a_false_statement_says_what_its_wrong_rule_gives(level: int) -> None:
    found = [fact.mistaken(Fraction(3), Fraction(-2)) for fact in FACTS[level]]
    assert found == [Fraction(number) for number in BY_HAND[level]]

"""What is found out about claimed numbers, in sentences: the mistake, its place and its step."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import product
from typing import Any, Final

from gradviz.arrays.digits import DIGITS, number, typeset
from gradviz.graph.graph import CONSTANT, labels
from gradviz.ops import known
from gradviz.story.values import flat
from gradviz.trace import Trace
from gradviz.trace.findings import At, Claim, Diagnosis, Explanation, Finding, Slip, Verdict

MOST_LISTED: Final = 3
"""Explanations that give the same numbers are listed up to so many."""
LONGEST_WRITTEN: Final = 20
"""In characters, of an expression that names a node."""
FEW: Final = 3
"""So many wrong numbers among right ones are told one by one."""
MOST_NUMBERS: Final = 12
"""Of a table, so many numbers are said."""


class FindingWords:
    """Tells what was found out about one run; `digits` are those of right numbers."""

    def __init__(self, trace: Trace, digits: int = DIGITS) -> None:
        self.trace, self.digits = trace, digits
        self.labels = labels(trace.graph)

    # Slips.
    def slip(self, slip: Slip) -> str:
        """A clause: "the logarithm was taken to base 10, in step 4 (log, h)"."""
        says = self.clause(slip)
        return f"{says}{typeset(self._where(slip, says))}"

    def clause(self, slip: Slip) -> str:
        """The same without its place."""
        told = {k: self._named(v) for k, v in slip.details.items()}
        says = slip.pattern
        for _ in range(2):  # a detail may name others
            says = _filled(says, told)
        return typeset(says)

    def _where(self, slip: Slip, says: str) -> str:
        place = slip.place
        every = slip.details.get("every")
        also = self._likewise(slip)
        at_every = "" if every is None else f" at every {every}" if every else " at every gate"
        if place.node is None or slip.step is None:
            return at_every
        step = f"in step {slip.step}"
        if every is not None:
            return f"{at_every}, first {step}"
        node = self.node(place.node, place.inside)
        edge = place.edge
        if edge is not None:
            source = self.labels.get(edge.source, "")
            towards = f" → d{source}" if source else ""
            return f", {step} ({self._gate(place.node)}{towards}){also}"
        return f", {step}{also}" if _names(says, node) else f", {step} ({node}){also}"

    def _likewise(self, slip: Slip) -> str:
        """The other places where the same was done."""
        told = list(dict.fromkeys(self.at(at) for at in slip.details.get("likewise", ())))
        return f", and likewise at {' and '.join(told[:FEW])}" if told else ""

    def _gate(self, node: int) -> str:
        label = self.labels.get(node, "")
        symbol = self.trace.graph.symbol(node)
        return f"{symbol}, {label}" if label else symbol

    def _named(self, value: Any) -> str:
        if isinstance(value, At):
            return self.at(value)
        if isinstance(value, tuple):
            return f"[{', '.join(map(str, value))}]"
        return str(value)

    def at(self, at: At) -> str:
        """What a sentence calls a node, an element of it, or its gradient."""
        cell = f"[{', '.join(map(str, at.cell))}]" if at.cell else ""
        if at.gradient:
            return f"d{self.labels.get(at.node, '?')}{cell}"
        if cell and not at.inside:
            return f"{self.labels.get(at.node) or self.node(at.node)}{cell}"
        return f"{self.node(at.node, at.inside)}{cell}"

    def node(self, node: int, inside: str = "") -> str:
        """A node by the name that its source gives it, else by its op; "the log inside L"."""
        graph = self.trace.graph
        row = graph.nodes[node]
        if inside:
            return f"the {inside} inside {self.labels.get(node, graph.symbol(node))}"
        if row.op == CONSTANT:
            value = flat(self.trace.xp.plain(self.trace.values[node]))
            return number(value[0]) if len(value) == 1 else "a constant"
        if row.is_leaf or row.name:
            return self.labels[node]
        written = self._written(node)
        if written:
            return written
        label = self.labels.get(node)
        return f"{graph.symbol(node)} ({label})" if label else graph.symbol(node)

    def _written(self, node: int) -> str:
        """A node as its source writes it; empty where that is long, or not known."""
        graph = self.trace.graph
        span = graph.nodes[node].span
        if span is None or not graph.source:
            return ""
        text = " ".join(graph.source[span.start : span.stop].split())
        return typeset(text) if len(text) <= LONGEST_WRITTEN else ""

    # Explanations and findings.
    def explanation(self, found: Explanation) -> str:
        """Its slips, and whether the numbers were cut off."""
        text = ", and ".join(self.slip(slip) for slip in found.slips)
        return f"{text}; the numbers were cut off, not rounded" if found.cut else text

    def cause(self, finding: Finding) -> str:
        """The best explanation of a finding that has one."""
        return "" if finding.best is None else self.explanation(finding.best)

    def claimed(self, claims: Sequence[Claim]) -> str:
        """Numbers as they are claimed: "dW[0, 1] = 0.5"."""
        texts = [c.written.text for c in claims]
        if len(claims) == 1:
            return typeset(f"{claims[0].name} = {texts[0]}")
        names = {c.name.rpartition("[")[0] for c in claims}
        if len(names) == 1 and _are_whole([c.place for c in claims]):
            return typeset(f"{names.pop()} = {_listed(texts)}")
        return typeset(", ".join(f"{c.name} = {c.written.text}" for c in claims[:MOST_NUMBERS]))

    def wrong(self, finding: Finding) -> str:
        """Which numbers are not right, and what they are."""
        claims = [finding.claims[k] for k in finding.wrong] or list(finding.claims)
        true = [finding.true[k] for k in finding.wrong] or list(finding.true)
        right = len(finding.claims) - len(claims)
        is_table = len(finding.claims) > 1 and _are_whole([c.place for c in finding.claims])
        if (right or not is_table) and len(claims) <= FEW:
            rows = [
                f"{self.claimed([c])} is not right: it is {self._number(c, t)}"
                for c, t in zip(claims, true, strict=True)
            ]
            others = "; the other is right" if right == 1 else f"; the other {right} are right"
            return f"{'; '.join(rows)}{others if right else ''}."
        texts = [self._number(c, t) for c, t in zip(finding.claims, finding.true, strict=True)]
        shown = texts[0] if len(texts) == 1 else _listed(texts)
        return f"{self.claimed(finding.claims)} is not right: it is {shown}."

    def _number(self, claim: Claim, true: float) -> str:
        """A right number with more digits than are claimed."""
        return typeset(number(true, max(self.digits, _digits(claim.written.text) + 1)))

    def sentences(self, finding: Finding, before: Sequence[Finding] = ()) -> list[str]:
        """What is said about claims: right or not, the cause, how sure that is.

        before  the findings about what was claimed before.
        """
        if finding.is_right:
            cut = ", but cut off, not rounded" if finding.cut else ""
            return [f"{self.claimed(finding.claims)} is right{cut}."]
        found = [self.wrong(finding)]
        if finding.verdict == "follows":
            return [*found, f"It follows from {self._sources(before)}."]
        best = finding.best
        if best is None:
            return [*found, "No simple mistake gives these digits."]
        cause = SAYS[finding.verdict].format(self.cause(finding))
        found.append(f"{capital(cause, self.labels.values())}.")
        found += [capital(slip.right) for slip in best.slips if slip.right]
        found += self._others(finding)
        if finding.verdict in ("likely", "too-few-digits"):
            share = f"{max(finding.chance, 0.01):.0%}"
            found.append(
                f"The digits cannot prove it: {share} of numbers as wrong as this would fit a"
                " mistake as simple."
            )
        return found

    def _clauses(self, found: Explanation) -> tuple[str, ...]:
        """What an explanation says but for the places."""
        return tuple(self.clause(slip) for slip in found.slips)

    def _sources(self, before: Sequence[Finding]) -> str:
        """The numbers that others follow from."""
        told = [self.claimed(finding.claims) for finding in before[-FEW:]]
        return f"{' and '.join(told)}, as written there" if told else "the numbers before"

    def _others(self, finding: Finding) -> list[str]:
        read_alike = {self._clauses(finding.best)} if finding.best is not None else set()
        told = []
        for other in finding.others:
            clauses = self._clauses(other)
            if clauses not in read_alike:
                read_alike.add(clauses)
                told.append(self.explanation(other))
        if not told:
            return []
        more = len(told) - MOST_LISTED
        tail = f"; and {more} more" if more > 0 else ""
        return [f"The same digits come out if {'; or if '.join(told[:MOST_LISTED])}{tail}."]


def told(found: Diagnosis, digits: int = DIGITS) -> Diagnosis:
    """A diagnosis with all of its sentences."""
    words = FindingWords(found.trace, digits)
    together = found.together
    if together is not None:
        together = _told(words, together, [f"All at once: {words.cause(together)}."])
    findings = [
        _told(words, finding, words.sentences(finding, found.findings[:k]))
        for k, finding in enumerate(found.findings)
    ]
    return replace(found, findings=tuple(findings), together=together)


def _told(words: FindingWords, finding: Finding, says: Sequence[str]) -> Finding:
    def slips(explanation: Explanation) -> Explanation:
        said = tuple(replace(slip, says=words.slip(slip)) for slip in explanation.slips)
        return replace(explanation, slips=said)

    best = None if finding.best is None else slips(finding.best)
    others = tuple(map(slips, finding.others))
    return replace(finding, best=best, others=others, says=tuple(says))


SAYS: Final[dict[Verdict, str]] = {
    "explained": "{}",
    "likely": "probably {}",
    "too-few-digits": "perhaps {}",
}


def perhaps(sentence: str) -> str:
    """A sentence about somebody's mistake, said as a guess: "Perhaps you averaged the paths." """
    first, _, rest = sentence.partition(" ")
    if first in ("You", "Your", "This", "That", "It"):
        return f"Perhaps {first.lower()} {rest}"
    lowered = sentence[:1].lower() + sentence[1:] if first[1:].islower() else sentence
    return f"Perhaps this was overlooked: {lowered}"


def _are_whole(places: Sequence[tuple[int, ...]]) -> bool:
    """Whether places are all those of an array, in order."""
    sizes = [max(axis) + 1 for axis in zip(*places, strict=True)]
    return bool(sizes) and list(places) == list(product(*map(range, sizes)))


def _digits(text: str) -> int:
    return sum(c.isdigit() for c in text.partition("e")[0].lstrip("-−+0."))


def _listed(texts: Sequence[str]) -> str:
    more = "" if len(texts) <= MOST_NUMBERS else ", …"
    return f"[{', '.join(texts[:MOST_NUMBERS])}{more}]"


def _names(text: str, name: str) -> bool:
    """Whether a text holds a name as a whole word."""
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) is not None


def _filled(pattern: str, told: dict[str, str]) -> str:
    for name, text in told.items():
        pattern = pattern.replace(f"{{{name}}}", text)
    return pattern


def capital(text: str, names: Collection[str] = ()) -> str:
    """A clause as a sentence begins, unless it does so with a name or a formula."""
    first = text.partition(" ")[0]
    named = first in names or known(first) or (first[:1] == "d" and first[1:] in names)
    is_word = first.isalpha() and first.isascii() and len(first) > 1 and not named
    return text[:1].upper() + text[1:] if is_word else text

"""Verdicts on cases of other libraries, known differences with their reasons, and the counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from fnmatch import fnmatchcase
from importlib.metadata import version
from typing import Any


class Verdict(Enum):
    """What became of a case; the value heads its column."""

    PASS = "pass"
    WRONG = "WRONG"
    EXPLAINED = "differs, explained"
    NO_OP = "no such op"
    NO_OPTION = "option missing"
    REFUSED = "refused"
    NOT_REAL = "not real numbers"
    NOT_RUN = "peer fails"


HEADINGS = {
    Verdict.PASS: "value and, where the peer has them, all gradients agree",
    Verdict.WRONG: "a difference without a reason in the suite's table; `make peers` fails",
    Verdict.EXPLAINED: "a difference whose reason stands below",
    Verdict.NO_OP: "gradviz has no op, method or attribute of this name",
    Verdict.NO_OPTION: "gradviz has the op, but not this setting of it",
    Verdict.REFUSED: "gradviz refuses the operands (an error, never a number)",
    Verdict.NOT_REAL: "complex numbers, or nothing to differentiate",
    Verdict.NOT_RUN: "the peer itself refuses the case or gives no reference",
}


@dataclass(frozen=True, slots=True)
class Compared:
    """The numbers of a case: operands, (value, gradients) of both sides, and our options."""

    operands: Sequence[Any]
    ours: tuple[Any, Sequence[Any]]
    theirs: tuple[Any, Sequence[Any]]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """A case and its verdict; `detail` says where it differs, or why there is no comparison."""

    name: str
    verdict: Verdict
    detail: str = ""
    compared: Compared | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A known difference: the cases whose names match `pattern`, and the reason in one sentence.

    It explains a difference only where `holds` is true of the numbers.
    """

    pattern: str
    reason: str
    holds: Callable[[Compared], bool]

    def explains(self, case: Case) -> bool:
        """Whether this is the reason why the case differs."""
        numbers = case.compared
        return numbers is not None and fnmatchcase(case.name, self.pattern) and self.holds(numbers)


@dataclass(frozen=True, slots=True)
class Suite:
    """Cases of a peer. `packages` are named with their versions; `about` is a sentence on it."""

    title: str
    about: str
    packages: Sequence[str]
    cases: Callable[[], Iterable[Case]]
    known: Sequence[Known] = ()


@dataclass(slots=True)
class Tally:
    """The counts of a suite, its unexplained differences, and how often each reason was needed."""

    suite: Suite
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    wrong: list[Case] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)

    def add(self, case: Case) -> Case:
        """Count a case; a difference that has a reason counts as explained."""
        if case.verdict is Verdict.WRONG:
            known = next((k for k in self.suite.known if k.explains(case)), None)
            if known is None:
                self.wrong.append(case)
            else:
                self.reasons[known.reason] += 1
                case = Case(case.name, Verdict.EXPLAINED, known.reason)
        elif case.verdict is Verdict.NO_OP:
            self.missing[case.detail] += 1
        self.verdicts[case.verdict] += 1
        return case

    @property
    def unused(self) -> Iterator[str]:
        """Reasons that explained nothing: differences that are gone."""
        return (k.reason for k in self.suite.known if not self.reasons[k.reason])


def count(suite: Suite, told: Callable[[Case], object] = lambda case: None) -> Tally:
    """Run a suite; `told` receives every counted case."""
    tally = Tally(suite)
    for case in suite.cases():
        told(tally.add(case))
    return tally


def page(tallies: Sequence[Tally]) -> str:
    """The counts as Markdown."""
    columns = list(Verdict)
    rows = [["suite", "cases", *(v.value for v in columns)]]
    for tally in tallies:
        counts = [f"{tally.verdicts[v]:,}" for v in columns]
        rows.append([tally.suite.title, f"{tally.verdicts.total():,}", *counts])
    table = ["| " + " | ".join(row) + " |" for row in rows]
    table.insert(1, "|---|" + "---:|" * (len(columns) + 1))
    packages = sorted({p for t in tallies for p in t.suite.packages}, key=str.lower)
    parts = [
        "# Other libraries' own cases",
        "Written by `make peers`. Versions: "
        + ", ".join(f"{p} {version(p)}" for p in ["numpy", *packages])
        + ".",
        "\n".join(table),
        "\n".join(f"- **{v.value}**: {HEADINGS[v]}." for v in columns),
        *(_section(tally) for tally in tallies),
    ]
    return "\n\n".join(parts) + "\n"


def _section(tally: Tally) -> str:
    lines = [f"## {tally.suite.title}", tally.suite.about]
    if tally.reasons:
        told = "\n".join(f"- {n:,} × {reason}" for reason, n in tally.reasons.most_common())
        lines += ["Differences:", told]
    if tally.wrong:
        lines += ["WRONG:", "\n".join(f"- `{c.name}`: {c.detail}" for c in tally.wrong)]
    if tally.missing:
        most = ", ".join(f"{what} ({n})" for what, n in tally.missing.most_common(12))
        lines.append(f"Most often without an op here: {most}.")
    return "\n\n".join(lines)

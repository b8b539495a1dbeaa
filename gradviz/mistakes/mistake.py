"""The declaration of a mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gradviz.engine.changes import Changes
from gradviz.mistakes.edits import Edit, Results
from gradviz.trace.findings import Place

if TYPE_CHECKING:
    from gradviz.mistakes.claims import Asked


@dataclass(frozen=True, slots=True)
class Made:
    """A mistake made at one place.

    edit     what it changes.
    place    where it is made.
    bits     how much more it takes to say than the mistake itself takes: its parameters.
    details  what the sentence names: texts, or nodes as `gradviz.trace.findings.At`.
    solved   bits of numbers that were solved for, not tried one by one.
    kind     places of different kinds are counted apart.
    near     about what it leads to, where that is known without working again.
    """

    edit: Edit
    place: Place = Place()  # noqa: RUF009 - a named tuple
    bits: float = 0.0
    details: Mapping[str, Any] = field(default_factory=dict)
    solved: float = 0.0
    kind: str = ""
    near: Results | None = None


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake that people make.

    name      in lower case with hyphens.
    feedback  a sentence to the student: what was done, and what is right.
    rule      for mistakes in a pass: what is done differently.
    formula   for mistakes in a formula: the wrong formula, called with named arguments. All
              formulas about one subject take the same arguments; None means "does not apply here".
    about     the subject:
              "backward"  a rule of the backward pass, in whole passes and in single steps;
              "step"      the same, but only used where a single step is asked about;
              "forward"   the value of a node, in a single step;
              "slope"     a rule of the backward pass that only a diagnosis looks for;
              "working"   what only a diagnosis looks for, at its `places`;
              "solved"    the same, where numbers are solved for from those that are claimed;
              any other   what the formula computes, such as "hinge" or "output-size"; or, without a
                          formula, what is chosen wrongly ("paths", "reading").
    places    everywhere the mistake can be made in a working, and what it then changes.
    says      a clause about what was done, for a diagnosis: "the local gradient was left out". It
              may name `{node}`, `{source}`, `{cell}` and the details of its places.
    right     what is right instead, as a sentence; may be empty.
    bits      how much it takes to say: −log2 of how often it is made among all mistakes.
    general   it stands for many, and is only told where no other one says the same.
    """

    name: str
    feedback: str = ""
    rule: Changes | None = None
    formula: Callable[..., Any] | None = None
    about: str = "backward"
    places: Callable[[Asked], Iterator[Made]] | None = None
    says: str = ""
    right: str = ""
    bits: float = 4.0
    general: bool = False

    @property
    def is_made_at_a_step(self) -> bool:
        """Whether a step of a run goes wrong, rather than a formula or only the reported result."""
        return self.rule is not None and self.rule.changes_a_step

"""The declaration of a mistake."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gradviz.engine.changes import Changes


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
              any other   what the formula computes, such as "hinge" or "output-size"; or, without a
                          formula, what is chosen wrongly ("paths", "reading").
    """

    name: str
    feedback: str
    rule: Changes | None = None
    formula: Callable[..., Any] | None = None
    about: str = "backward"

    @property
    def is_made_at_a_step(self) -> bool:
        """Whether a step of a run goes wrong, rather than a formula or only the reported result."""
        return self.rule is not None and self.rule.changes_a_step

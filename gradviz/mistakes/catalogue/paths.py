"""Mistakes about the paths of the chain rule."""

from gradviz.mistakes.mistake import Mistake

MISTAKES = (
    Mistake(
        "gate-skipped",
        "This skips a gate: a path follows the wires, one gate after another.",
        about="paths",
    ),
    Mistake(
        "path-of-another-input",
        "This path starts at another input: only paths from the input in question count.",
        about="paths",
    ),
)

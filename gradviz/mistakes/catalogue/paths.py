"""About the paths of the chain rule."""

from gradviz.mistakes.mistake import Mistake

MISTAKES = (
    Mistake(
        "gate-skipped",
        "This leaves a gate out: a path follows the wires, one gate after the other.",
        about="paths",
    ),
    Mistake(
        "path-of-another-input",
        "This path begins at another input: only the paths from the input asked about count.",
        about="paths",
    ),
)

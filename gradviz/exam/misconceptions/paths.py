"""About the paths of the chain rule."""

from gradviz.exam.misconceptions import Misconception

MISCONCEPTIONS = (
    Misconception(
        "gate-skipped",
        "This leaves a gate out: a path follows the wires, one gate after the other.",
        about="paths",
    ),
    Misconception(
        "path-of-another-input",
        "This path begins at another input: only the paths from the input asked about count.",
        about="paths",
    ),
)

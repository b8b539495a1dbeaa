"""The commented `exam.gv.toml` that `gradviz init exam` writes."""

from __future__ import annotations

from gradviz.exam import kinds

HEAD = """# An exam for gradviz. Make the papers with:
#   gradviz exam make exam.gv.toml --roster students.csv --format pdf -o papers

title = "Backpropagation"
course = ""                      # printed below the title
date = ""                        # printed as it is
instructions = "Show your work. No calculators."
language = "en"
paper = "a4"                     # or "us-letter"
seed = 2026                      # the same seed makes the same papers, byte by byte
points = 10                      # what the questions' points must add up to (optional)

[[section]]
title = "By hand"
shuffle = false                  # true: every student gets another order

  [[section.question]]
  kind = "gradient"              # see the list below
  level = 1                      # 1 is the easiest
  points = 2                     # for each of them
  count = 2                      # so many questions of this kind

  [[section.question]]
  kind = "branch"
  level = 2
  points = 3

[[section]]
title = "Layers"

  [[section.question]]
  kind = "matrix-gradients"
  level = 2
  points = 3

# The kinds there are, each with its levels:
"""


def template() -> str:
    """The text of a first exam, with every field and every kind explained."""
    wide = max(map(len, kinds.every()))
    listed = [
        f"#   {name.ljust(wide)}  {', '.join(map(str, kind.levels)).ljust(8)} {kind.title}"
        for name, kind in kinds.every().items()
    ]
    return HEAD + "\n".join(listed) + "\n"

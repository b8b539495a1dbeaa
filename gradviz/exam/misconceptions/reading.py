"""In reading somebody's pass, and in the order of its steps."""

from gradviz.exam.misconceptions import Misconception

MISCONCEPTIONS = (
    Misconception(
        "right-line-accused", "This line follows from the lines before it.", about="reading"
    ),
    Misconception("true-for-false", "This is not so.", about="reading"),
    Misconception("wrong-reason", "The answer is right, but not for this reason.", about="reading"),
)

"""Mistakes in reading another student's pass or a statement about it."""

from gradviz.mistakes.mistake import Mistake

MISTAKES = (
    Mistake("right-line-accused", "This line follows from the lines before it.", about="reading"),
    Mistake("true-for-false", "That is not true.", about="reading"),
    Mistake("wrong-reason", "The answer is right, but not for this reason.", about="reading"),
)

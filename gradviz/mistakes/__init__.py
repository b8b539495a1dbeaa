"""What students get wrong: a catalogue of mistakes with their words, and the search through it.

Each mistake can be applied to a whole graph or to a single step, and the step where it shows found;
a number that somebody claims is explained by the likeliest mistake that gives all of its digits.

For other rooms, besides what is offered here:

- chance
- claims
- formulas
- listing
- one_step
- search
"""

from gradviz.mistakes.case import XP, Case, Pass, same
from gradviz.mistakes.catalogue import about, every, get
from gradviz.mistakes.mistake import Made, Mistake
from gradviz.mistakes.steps import Slip, at_step

__all__ = [
    "XP",
    "Case",
    "Made",
    "Mistake",
    "Pass",
    "Slip",
    "about",
    "at_step",
    "every",
    "get",
    "same",
]

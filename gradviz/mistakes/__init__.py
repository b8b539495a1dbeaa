"""What students get wrong: the catalogue of changed rules and formulas with their words, what each
makes of a graph or of one step, and where it shows.

For other rooms, besides what is offered here: `formulas`, of which mistakes are changes.
"""

from gradviz.mistakes.case import XP, Case, Pass, same
from gradviz.mistakes.catalogue import about, every, get
from gradviz.mistakes.mistake import Mistake
from gradviz.mistakes.steps import Slip, at_step

__all__ = ["XP", "Case", "Mistake", "Pass", "Slip", "about", "at_step", "every", "get", "same"]

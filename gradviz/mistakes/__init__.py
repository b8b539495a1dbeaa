"""What students get wrong: a catalogue of changed rules and formulas with their feedback.

Each mistake can be applied to a whole graph or to a single step, and the step where it shows found.

For other rooms, besides these: `formulas`, the correct formulas behind the mistakes.
"""

from gradviz.mistakes.case import XP, Case, Pass, same
from gradviz.mistakes.catalogue import about, every, get
from gradviz.mistakes.mistake import Mistake
from gradviz.mistakes.steps import Slip, at_step

__all__ = ["XP", "Case", "Mistake", "Pass", "Slip", "about", "at_step", "every", "get", "same"]

"""Every operation, declared once; one file a family. Importing this package fills the table."""

# The order in which `gradviz list ops` shows the families.
# isort: off
from gradviz.ops import arithmetic as arithmetic
from gradviz.ops import exponential as exponential
from gradviz.ops import waves as waves
from gradviz.ops import squashing as squashing
from gradviz.ops import selecting as selecting
from gradviz.ops import comparing as comparing
from gradviz.ops import reductions as reductions
from gradviz.ops import linear as linear
from gradviz.ops import shaping as shaping
# isort: on
from gradviz.ops.op import Op, Shape
from gradviz.ops.registry import declare, every, get, known

__all__ = ["Op", "Shape", "declare", "every", "get", "known"]

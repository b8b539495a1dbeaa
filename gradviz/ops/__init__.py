"""Every operation, declared once; one file a family. Importing this package fills the table."""

# The order in which `gradviz list ops` shows the families.
# isort: off
from gradviz.ops.elementwise import arithmetic as arithmetic
from gradviz.ops.elementwise import exponential as exponential
from gradviz.ops.elementwise import waves as waves
from gradviz.ops.elementwise import squashing as squashing
from gradviz.ops.elementwise import selecting as selecting
from gradviz.ops.elementwise import comparing as comparing
from gradviz.ops import reductions as reductions
from gradviz.ops import linear as linear
from gradviz.ops import shaping as shaping
from gradviz.ops import layers as layers
from gradviz.ops import normalising as normalising
from gradviz.ops.windows import lrn as lrn
from gradviz.ops.losses import probabilities as probabilities
from gradviz.ops.losses import classes as classes
from gradviz.ops.losses import pointwise as pointwise
from gradviz.ops.losses import distances as distances
from gradviz.ops.losses import penalties as penalties
from gradviz.ops import composites as composites
from gradviz.ops.windows import convolution as convolution
from gradviz.ops.windows import pooling as pooling
from gradviz.ops import scopes as scopes

# isort: on
from gradviz.ops.op import Op, Shape
from gradviz.ops.registry import declare, every, get, known

__all__ = ["Op", "Shape", "declare", "every", "get", "known"]

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
from gradviz.ops import layers as layers
from gradviz.ops import normalising as normalising
from gradviz.ops import lrn as lrn
from gradviz.ops import probabilities as probabilities
from gradviz.ops import class_losses as class_losses
from gradviz.ops import losses as losses
from gradviz.ops import distances as distances
from gradviz.ops import penalties as penalties
from gradviz.ops import composites as composites
from gradviz.ops import convolution as convolution
from gradviz.ops import pooling as pooling
from gradviz.ops import scopes as scopes
# isort: on
from gradviz.ops.op import Op, Shape
from gradviz.ops.registry import declare, every, get, known

__all__ = ["Op", "Shape", "declare", "every", "get", "known"]

"""Every operation, declared once; one file per family. Importing this package fills the table.

Families are discovered: every module in this folder and in its subfolders.

For other rooms, besides what is offered here:

- contributions
- op
- registry
- routing
- shapes
- shaping
- windows
"""

import importlib
import pkgutil

from gradviz.ops.op import Op, Shape
from gradviz.ops.registry import declare, every, get, known

FIRST = (
    "elementwise.arithmetic",
    "elementwise.exponential",
    "elementwise.waves",
    "elementwise.squashing",
    "elementwise.selecting",
    "elementwise.comparing",
    "reductions",
    "linear",
    "shaping",
    "layers",
    "normalising",
    "windows.lrn",
    "losses.probabilities",
    "losses.classes",
    "losses.pointwise",
    "losses.distances",
    "losses.penalties",
    "composites",
    "windows.convolution",
    "windows.pooling",
    "scopes",
)
"""The order of families in `gradviz list ops`; new ones come last."""


_found = [m.name for m in pkgutil.walk_packages(__path__, f"{__name__}.") if not m.ispkg]
for _module in [*(f"{__name__}.{name}" for name in FIRST), *_found]:
    importlib.import_module(_module)

__all__ = ["Op", "Shape", "declare", "every", "get", "known"]

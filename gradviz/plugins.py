"""Finding what declares itself: a folder whose files are the entries of a table.

Adding an entry is adding a file; nobody lists them.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any


def names(package: str) -> list[str]:
    """The names of a package's modules, none of them imported: those in its `FIRST`, then by name.

    Packages in it, and modules whose names begin with `_`, are helpers and left alone.
    """
    folder = import_module(package)
    first = list(getattr(folder, "FIRST", ()))
    found = (m.name for m in pkgutil.iter_modules(folder.__path__) if not m.ispkg)
    return sorted(
        (name for name in found if not name.startswith("_")),
        key=lambda name: (first.index(name) if name in first else len(first), name),
    )


@cache
def modules(package: str) -> tuple[ModuleType, ...]:
    """The modules of a package, imported, in the order of their `names`."""
    return tuple(import_module(f"{package}.{name}") for name in names(package))


def declared(package: str, name: str) -> tuple[Any, ...]:
    """What the modules of a package call `name`; modules without it are helpers of the others."""
    return tuple(getattr(m, name) for m in modules(package) if hasattr(m, name))

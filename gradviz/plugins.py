"""Discovering plug-ins: the modules of a folder are the entries of a table.

Adding an entry is adding a file; there is no list to edit.
"""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any


def names(package: str) -> list[str]:
    """The names of a package's modules, without importing them: its `FIRST`, then by name.

    Subpackages, and modules whose names begin with `_`, are helpers and are skipped.
    """
    folder = import_module(package)
    first = list(getattr(folder, "FIRST", ()))
    found = names_in(*folder.__path__)
    return sorted(found, key=lambda n: (first.index(n) if n in first else len(first), n))


def names_in(*folders: str) -> list[str]:
    """The same for a package's folders, without importing the package; there is no `FIRST`."""
    found = sorted(m.name for m in pkgutil.iter_modules(folders) if not m.ispkg)
    return [name for name in found if not name.startswith("_")]


def entry(package: str, name: str) -> ModuleType:
    """The one module or package of that name in a package; the others are not loaded.

    Raises LookupError, with the names there are, where there is none.
    """
    path = f"{package}.{name}"
    try:
        return import_module(path)
    except ModuleNotFoundError as error:
        if error.name != path:
            raise
    there = [m.name for m in pkgutil.iter_modules(import_module(package).__path__)]
    raise LookupError(f"{package} has no {name!r}: there are {', '.join(there)}")


def has(package: str, name: str) -> bool:
    """Whether there is a module or package of that name in a package, without loading it."""
    try:
        return find_spec(f"{package}.{name}") is not None
    except ModuleNotFoundError:
        return False


@cache
def modules(package: str) -> tuple[ModuleType, ...]:
    """The modules of a package, imported, in the order of their `names`."""
    return tuple(import_module(f"{package}.{name}") for name in names(package))


def declared(package: str, name: str) -> tuple[Any, ...]:
    """The `name` of every module of a package that has one; modules without it are helpers."""
    return tuple(getattr(m, name) for m in modules(package) if hasattr(m, name))

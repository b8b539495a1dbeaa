"""Results that notebooks show: who draws them is found when a notebook asks."""

from __future__ import annotations

from importlib import import_module
from typing import Any


class Shown:
    """What a notebook shows as a picture: Jupyter, marimo and VS Code ask for it."""

    __slots__ = ()

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Its displays by MIME type, see `gradviz.notebook`."""
        bundle: dict[str, str] = import_module("gradviz.notebook").bundle(self)
        return bundle

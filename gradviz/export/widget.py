"""A player whose step and inputs are read and set from Python, by the protocol of anywidget."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from numbers import Integral, Real
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from gradviz.errors import ValueInputError, did_you_mean
from gradviz.export.player import Player


class PlayerWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """A page that plays a walk, as a widget.

    step    the step that it shows.
    inputs  the numbers of the inputs that the page computes with, by name: set some of them, and
            the page follows. Empty where it does not compute.

    Setting them raises ValueInputError for a step or an input that the page does not have, and for
    what is not finite numbers in the input's shape.
    """

    _esm = Path(__file__).with_name("widget.js")
    frame = traitlets.Unicode().tag(sync=True)
    step = traitlets.Any().tag(sync=True)
    inputs = traitlets.Any().tag(sync=True)

    def __init__(self, player: Player) -> None:
        found = re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', player.text, re.S)
        assert found is not None
        data = json.loads(found[1])
        names = {node["id"]: node["name"] for node in data["nodes"]}
        given = [g for g in data["given"] if g["node"] in names]
        self._shapes = {names[g["node"]]: tuple(g["shape"]) for g in given}
        self._steps = [step["k"] for step in data["steps"]]
        self.player = player
        values = {names[g["node"]]: _nested(g["value"], g["shape"]) for g in given}
        super().__init__(frame=player.frame(), step=self._steps[-1], inputs=values)

    @property
    def text(self) -> str:
        """The page."""
        return self.player.text

    @property
    def notes(self) -> tuple[str, ...]:
        """What there is to say about it."""
        return self.player.notes

    def save(self, path: str | Path, *, force: bool = False) -> Path:
        """Write the page into a file, see `Player.save`."""
        return self.player.save(path, force=force)

    def _repr_html_(self) -> str:
        """The page where there are no widgets."""
        return self.player.frame()

    def _repr_mimebundle_(self, **asked: Any) -> Any:
        """The widget, and the page for exports."""
        made = super()._repr_mimebundle_(**asked)
        data, about = made if isinstance(made, tuple) else (made or {}, {})
        return {**data, "text/html": self._repr_html_()}, about

    @traitlets.validate("step")  # type: ignore[untyped-decorator]
    def _check_step(self, proposal: Any) -> int:
        step = proposal["value"]
        if isinstance(step, bool) or not isinstance(step, Integral) or step not in self._steps:
            first, last = self._steps[0], self._steps[-1]
            raise ValueInputError(
                "the page has no such step", expected=f"a step from {first} to {last}", got=step
            )
        return int(step)

    @traitlets.validate("inputs")  # type: ignore[untyped-decorator]
    def _check_inputs(self, proposal: Any) -> dict[str, Any]:
        given = proposal["value"]
        if not isinstance(given, Mapping):
            raise ValueInputError("inputs are numbers by name", expected='{"x": 1.5}', got=given)
        known = self._shapes
        for name in given:
            if name not in known:
                raise ValueInputError(
                    f"the page computes with no input {name}",
                    expected=", ".join(known) or "a page that computes",
                    hint=did_you_mean(name, known),
                )
        checked = {name: _numbers(name, value, known[name]) for name, value in given.items()}
        return {**(self.inputs or {}), **checked}


def _nested(value: Any, shape: list[int]) -> Any:
    """Numbers of a flat list in their shape."""
    if not shape:
        return value[0] if isinstance(value, list) else value
    size = len(value) // shape[0] if shape[0] else 0
    return [_nested(value[n * size : (n + 1) * size], shape[1:]) for n in range(shape[0])]


def _numbers(name: str, value: Any, shape: tuple[int, ...]) -> Any:
    """A value as plain numbers. Raises ValueInputError for one of another shape."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if shape and isinstance(value, list | tuple) and len(value) == shape[0]:
        return [_numbers(name, part, shape[1:]) for part in value]
    is_number = isinstance(value, Real) and not isinstance(value, bool) and math.isfinite(value)
    if shape or not is_number:
        wanted = f"numbers of the shape {'×'.join(map(str, shape))}" if shape else "a finite number"
        raise ValueInputError(f"{name} cannot be set to this", expected=wanted, got=value)
    return float(value)

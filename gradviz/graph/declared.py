"""What an input declares: its shape, and how its value is initialised when none is given.

An input's options are plain data: `{}`; `{"shape": [3, 227, 227]}` for data; `{"shape": [96, 363],
"init": {"kind": "he", "seed": 0, "fan": 363}}` for a parameter. With an init, `"trained": False`
means that it is not a parameter, though it need not be given: a running mean, or the data of an
example. `"image": True` says that the numbers are the pixels of an image, also in one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gradviz.errors import ShapeError
from gradviz.ops.op import Shape, say_shape

KINDS = {
    "constant": ("value",),
    "normal": ("mean", "std", "seed"),
    "he": ("fan", "seed"),
    "xavier": ("fan", "seed"),
}
"""Every kind of initialiser with its other keys; see `gradviz.networks.initialisers`."""

DECLARED = ("shape", "init", "trained", "image")
"""The options that have a meaning here; an input may have others."""


def declared_shape(options: Mapping[str, Any]) -> Shape | None:
    """The shape that an input declares, or None."""
    return tuple(options["shape"]) if "shape" in options else None


def is_parameter(options: Mapping[str, Any]) -> bool:
    """Whether an input is trained, and initialised when it is not given."""
    return "init" in options and "trained" not in options


def check_shape(name: str, options: Mapping[str, Any], got: Shape) -> None:
    """Raise ShapeError unless `got` is the declared shape; data may have a leading batch axis."""
    declared = declared_shape(options)
    if declared is None or got == declared:
        return
    is_data = not is_parameter(options)
    if is_data and len(got) == len(declared) + 1 and got[1:] == declared:
        return
    expected = f"{say_shape(declared)}, as in {declared}"
    if is_data:
        expected += f", or a batch, as in {('N', *declared)}".replace("'", "")
    if len(declared) == 3:
        expected += "; channels come first"
    raise ShapeError(
        f"{name} has the wrong shape", expected=expected, got=f"{say_shape(got)}, as in {got}"
    )


def misdeclared(options: Mapping[str, Any]) -> str:
    """What is wrong with an input's options, in a few words; empty if nothing is."""
    shape, init = options.get("shape"), options.get("init")
    if "shape" in options and not (isinstance(shape, list | tuple) and all(map(_is_size, shape))):
        return f"the shape {shape!r:.40}"
    if "trained" in options and (options["trained"] is not False or "init" not in options):
        return "trained without an init, or not False"
    if options.get("image", True) is not True:
        return "image, which can only be True"
    if "init" not in options:
        return ""
    if shape is None:
        return "an init without a shape"
    kind = init.get("kind") if isinstance(init, Mapping) else None
    if not isinstance(init, Mapping) or not isinstance(kind, str) or kind not in KINDS:
        return f"the init {init!r:.60}"
    return (
        _misfit(kind, init)
        if set(init) == {"kind", *KINDS[kind]}
        else f"the keys of its init, {sorted(init)}"
    )


def _misfit(kind: str, init: Mapping[str, Any]) -> str:
    fan = init.get("fan", 1)
    if "seed" in init and not _is_size(init["seed"]):
        return f"the seed {init['seed']!r:.40}"
    if kind == "xavier" and not (
        isinstance(fan, list | tuple) and len(fan) == 2 and sum(map(_is_size, fan)) == 2
    ):
        return f"the fan {fan!r:.40}"
    if kind == "he" and not _is_size(fan):
        return f"the fan {fan!r:.40}"
    if kind == "normal" and not all(isinstance(init[k], int | float) for k in ("mean", "std")):
        return "the mean or std of its init"
    return ""


def _is_size(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0

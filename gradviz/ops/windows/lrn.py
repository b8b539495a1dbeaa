"""Local response normalisation: each channel is divided by its neighbours' strength."""

from typing import Any

from gradviz.errors import ShapeError, ValueInputError
from gradviz.ops.op import REQUIRED, Array, Maths, Namespace, Notation, Shape, is_number, say_shapes
from gradviz.ops.registry import declare

CHANNELS = -3
"""Three axes are one image, C×H×W, as for convolutions and pools; PyTorch takes them for N×C×L."""


def _shape(x: Shape, *, size: Any, alpha: Any, beta: Any, k: Any) -> Shape:
    if not isinstance(size, int) or isinstance(size, bool) or size < 1:
        raise ValueInputError(
            "local_response_norm takes a number of channels",
            expected="size of 1 or more",
            got=f"size={size!r:.40}",
        )
    for name, value in (("alpha", alpha), ("beta", beta), ("k", k)):
        if not is_number(value):
            raise ValueInputError(
                f"the option {name!r} of local_response_norm is a number", got=f"{value!r:.40}"
            )
    if len(x) < 3:
        raise LOCAL_RESPONSE_NORM.misshapen(
            "x of the shape (C, H, W) or (N, C, H, W)", say_shapes([x])
        )
    return tuple(x)


def _misleads(x: Shape, **options: Any) -> ShapeError | None:
    """More axes than an image has: PyTorch takes axis 1 for the channels."""
    if len(x) <= 4:
        return None
    return LOCAL_RESPONSE_NORM.misshapen(
        "channels on axis 0 of (C, H, W) or axis 1 of (N, C, H, W)",
        say_shapes([x]),
        hint="reshape the axes behind the channels into two",
    )


def _windows(xp: Namespace, x: Array, before: int, after: int) -> Array:
    """For each channel the sum over itself, `before` channels before and `after` after it."""
    count, rank = xp.shape(x)[CHANNELS], len(xp.shape(x))

    def channels(start: int, stop: int) -> Array:
        return x[(..., slice(max(start, 0), max(stop, 0)), slice(None), slice(None))]

    total = x
    for step in (s for s in range(max(-before, 1 - count), min(after + 1, count)) if s):
        shape = list(xp.shape(x))
        shape[CHANNELS] = abs(step)
        gap = xp.zeros(tuple(shape))
        parts = [channels(step, count), gap] if step > 0 else [gap, channels(0, count + step)]
        total = total + xp.concatenate(parts, rank + CHANNELS)
    return total


def _reach(size: int) -> tuple[int, int]:
    """How many channels a window takes before and after its own, as PyTorch pads."""
    return size // 2, (size - 1) // 2


def _forward(xp: Namespace, x: Array, size: int, alpha: Any, beta: Any, k: Any) -> Array:
    return _damped(x, _root(xp, x, size, alpha, k), beta)


def _root(xp: Namespace, x: Array, size: int, alpha: Any, k: Any) -> Array:
    """√d, with d = k + alpha · mean of x²: squares may overflow where d^−beta does not vanish."""
    return xp.length(x, lambda squares: alpha * _windows(xp, squares, *_reach(size)) / size, k)


def _damped(values: Array, root: Array, beta: Any) -> Array:
    """values/d^beta."""
    factor = root**beta
    return values / factor / factor


def _back(
    xp: Namespace, g: Array, y: Array, x: Array, size: int, alpha: Any, beta: Any, k: Any
) -> Array:
    root = _root(xp, x, size, alpha, k)
    before, after = _reach(size)

    def scaled() -> Array:
        """With the largest root of the channels taken out of the sum, so that nothing vanishes."""
        if 0 in xp.shape(x):
            return x
        most = xp.max(root, axis=CHANNELS, keepdims=True)
        return (x / most) * _windows(xp, g * (y / root) * (most / root), after, before)

    crossed = xp.stable(lambda: x * _windows(xp, g * y / root**2, after, before), scaled)
    return _damped(g, root, beta) - 2 * alpha * beta * crossed / size


def _rule(
    m: Notation, g: Maths, y: Maths, x: Maths, size: int, alpha: Any, beta: Any, k: Any
) -> Maths:
    """u d^−β − (2αβ/size) x ⊙ (the sum over the windows that x is in of u y/d)."""
    option = {name: m.value(name, m.name(name)) for name in ("size", "alpha", "beta", "k")}
    below = m.value("d", m.name("d", x.shape))
    own = m.div(g, m.pow(below, option["beta"]))
    others = m.value("seen", m.call("seen", m.div(m.mul(g, y), below)))
    scale = m.div(m.mul(m.number(2), m.mul(option["alpha"], option["beta"])), option["size"])
    around = m.call("window", m.pow(x, m.number(2)))
    return m.given(
        m.sub(own, m.mul(m.mul(scale, x), others)),
        m.relation(
            "=",
            m.name("d"),
            m.add(option["k"], m.mul(m.div(option["alpha"], option["size"]), around)),
        ),
        m.words("window the sum over a channel's window"),
        m.words("seen the sum over the windows that a channel is in"),
    )


def _seen(
    xp: Namespace, g: Array, y: Array, x: Array, size: int, alpha: Any, beta: Any, k: Any
) -> Array:
    before, after = _reach(size)
    return _windows(xp, g * y / _root(xp, x, size, alpha, k) ** 2, after, before)


LOCAL_RESPONSE_NORM = declare(
    # Krizhevsky, Sutskever and Hinton, 2012, with PyTorch's division of alpha by size.
    "local_response_norm",
    ("x",),
    "x/(k + alpha · mean of x² over `size` neighbouring channels)^beta; x is (C, H, W) or"
    " (N, C, H, W)",
    glyph="LRN",
    in_place=True,
    exponents=("beta",),
    options={"size": REQUIRED, "alpha": 1e-4, "beta": 0.75, "k": 1.0},
    forward=_forward,
    vjp=(_back,),
    shape=_shape,
    misleads=_misleads,
    written=lambda m, x, size, alpha, beta, k: m.call("LRN", x),
    rule=(_rule,),
    terms={
        "d": lambda xp, g, y, x, size, alpha, beta, k: _root(xp, x, size, alpha, k) ** 2,
        "seen": _seen,
    },
    words={
        "forward arrays": (
            "Each channel is divided by a power of how strong the channels around it are, in a"
            " window of {size}."
        ),
        "backward arrays": (
            "Each element receives its own gradient, minus its share in damping its neighbours."
        ),
    },
    domain=((-2, 2),),
    examples=(
        (((3, 1, 1),), {"size": 2, "alpha": 0.5}),
        (((1, 4, 1, 1),), {"size": 3, "k": 2.0}),
        (((2, 1, 1),), {"size": 5, "alpha": 1.0, "beta": 0.5}),
    ),
)

"""Layers: linear, maxout, embedding, dropout."""

import math
from fractions import Fraction
from typing import Any

from gradviz.errors import ValueInputError
from gradviz.ops.losses.labels import places
from gradviz.ops.op import (
    REQUIRED,
    Array,
    GraphNamespace,
    Maths,
    Namespace,
    Notation,
    Shape,
    Told,
    is_number,
    say_shapes,
)
from gradviz.ops.registry import declare

Place = tuple[int, ...]


def _linear_shape(x: Shape, w: Shape, b: Shape | None = None) -> Shape:
    got = say_shapes([s for s in (x, w, b) if s is not None])
    if len(w) != 2 or not x:
        raise LINEAR.misshapen("x of one axis or more and w of the shape (out, in)", got)
    if x[-1] != w[1]:
        hint = "w is (out, in): transpose it" if x[-1] == w[0] else ""
        raise LINEAR.misshapen(
            f"{w[1]} features on the last axis of x, as w is (out, in)", got, hint
        )
    if b is not None and b != w[:1]:
        raise LINEAR.misshapen(f"b of the shape ({w[0]},), one element for each output", got)
    return (*x[:-1], w[0])


def _flat(xp: Namespace, x: Array) -> Array:
    """x as a matrix: all leading axes merged into one."""
    shape = xp.shape(x)
    return xp.reshape(x, (math.prod(shape[:-1]), shape[-1]))


def _linear(xp: Namespace, x: Array, w: Array, b: Array = None) -> Array:
    y = xp.matmul(x, xp.swapaxes(w, 0, 1))
    return y if b is None else y + b


def _linear_back_to_weights(
    xp: Namespace, g: Array, y: Array, x: Array, w: Array, b: Array = None
) -> Array:
    return xp.matmul(xp.swapaxes(_flat(xp, g), 0, 1), _flat(xp, x))


def _linear_written(m: Notation, x: Maths, w: Maths, b: Maths = None) -> Maths:
    if len(x.shape) == 1:
        product = m.product(w, m.column(x))
        return product if b is None else m.add(product, m.column(b))
    product = m.product(x, m.transpose(w))
    return product if b is None else m.add(product, b)


def _linear_dx(m: Notation, g: Maths, y: Maths, x: Maths, w: Maths, b: Maths = None) -> Maths:
    return m.product(m.transpose(w), m.column(g)) if len(x.shape) == 1 else m.product(g, w)


def _linear_dw(m: Notation, g: Maths, y: Maths, x: Maths, w: Maths, b: Maths = None) -> Maths:
    if len(x.shape) == 1:
        return m.product(m.column(g), m.transpose(m.column(x)))
    product, lead = m.product(m.transpose(g), x), tuple(range(len(x.shape) - 2))
    return m.sum_axes(lead, product) if lead else product


def _linear_db(m: Notation, g: Maths, y: Maths, x: Maths, w: Maths, b: Maths = None) -> Maths:
    return m.column(g) if len(x.shape) == 1 else m.sum_axes(tuple(range(len(x.shape) - 1)), g)


def _linear_cells(
    place: Place, x: Shape, w: Shape, b: Shape | None = None
) -> tuple[list[Place], ...]:
    *lead, out = place
    features = range(x[-1])
    met: tuple[list[Place], ...] = ([(*lead, i) for i in features], [(out, i) for i in features])
    return met if b is None else (*met, [(out,)])


def _linear_steps(xp: GraphNamespace, x: Array, w: Array, b: Array = None) -> Array:
    product = w @ x if len(xp.shape(x)) == 1 else x @ w.T
    return product if b is None else product + b


LINEAR = declare(
    # As in PyTorch: w has a row for each output.
    "linear",
    ("x", "w", "b"),
    "x wᵀ + b on the last axis, w of the shape (out, in)",
    roles=("", "", "bias"),
    habits=("dense", "fc", "fully_connected"),
    spoken="linear layer",
    optional=1,
    aliases={"input": "x", "weight": "w", "bias": "b"},
    forward=_linear,
    vjp=(
        lambda xp, g, y, x, w, b=None: xp.matmul(g, w),
        _linear_back_to_weights,
        lambda xp, g, y, x, w, b=None: xp.sum(_flat(xp, g), axis=0),
    ),
    shape=_linear_shape,
    written=_linear_written,
    rule=(_linear_dx, _linear_dw, _linear_db),
    words={
        "forward arrays": "Each row of {w} meets {each}{x}: products, summed{plus}.",
        "backward 0 arrays": (
            "Each feature went into every output through its column of {w}, so {source} receives"
            " {rule}."
        ),
        "backward 1 arrays": (
            "Each weight multiplied one feature on its way to one output, so {source} receives"
            " {rule}."
        ),
        "backward 2 arrays": ("The bias was added to every output, so {source} receives {rule}."),
    },
    facts={
        "each": lambda xp, y, x, w, b=None: Told("each row of ") if len(xp.shape(x)) > 1 else "",
        "plus": lambda xp, y, x, w, b=None: Told(", plus the bias") if b is not None else "",
    },
    domain=((-2, 2), (-2, 2), (-2, 2)),
    examples=(
        (((3,), (2, 3), (2,)), {}),
        (((2, 3), (2, 3)), {}),
        (((2, 2), (3, 2), (3,)), {}),
        (((2, 1, 2), (1, 2), (1,)), {}),
    ),
    expand=_linear_steps,
    cells=_linear_cells,
    combine="products",
    work=lambda out, x, w, b=None: math.prod(out) * x[-1],
)


def _maxout_shape(x: Shape, *, pieces: Any) -> Shape:
    if not isinstance(pieces, int) or isinstance(pieces, bool) or pieces < 1:
        raise ValueInputError(
            "maxout takes a whole number of pieces", expected="1 or more", got=f"{pieces!r:.40}"
        )
    if not x or x[-1] % pieces or not x[-1]:
        expected = f"features on the last axis in groups of {pieces}"
        raise MAXOUT.misshapen(expected, say_shapes([x]), f"give {pieces} features for each output")
    return (*x[:-1], x[-1] // pieces)


def _grouped(xp: Namespace, x: Array, pieces: int) -> Array:
    return xp.reshape(x, (*_maxout_shape(tuple(xp.shape(x)), pieces=pieces), pieces))


def _maxout_back(xp: Namespace, g: Array, y: Array, x: Array, pieces: int) -> Array:
    won = xp.winner(_grouped(xp, x, pieces))
    return xp.reshape(xp.asarray(xp.where(won, xp.expand_dims(g, -1), 0)), xp.shape(x))


MAXOUT = declare(
    # Goodfellow et al., Maxout Networks, 2013.
    "maxout",
    ("x",),
    "the largest of each group of `pieces` neighbouring features",
    options={"pieces": REQUIRED},
    forward=lambda xp, x, pieces: xp.max(_grouped(xp, x, pieces), axis=-1),
    vjp=(_maxout_back,),
    shape=_maxout_shape,
    rule=(
        lambda m, g, y, x, pieces: m.say(
            "{} at the first max of each group of {pieces}, zeros elsewhere",
            g,
            shape=x.shape,
            pieces=pieces,
        ),
    ),
    words={
        "forward arrays": "Of every {pieces:neighbouring feature} of {x} the largest is kept.",
        "backward arrays": (
            "maxout routes: in each group of {pieces} the winner receives the gradient, the"
            " others nothing."
        ),
        "backward arrays tied": (
            "maxout routes to the largest of each group of {pieces}; in {tied} of {size} several"
            " share it: the first receives."
        ),
    },
    domain=((-3, 3),),
    examples=((((4,),), {"pieces": 2}), (((2, 3),), {"pieces": 3}), (((1, 2, 4),), {"pieces": 2})),
    pieces=lambda xp, x, pieces: xp.winner(_grouped(xp, x, pieces)),
    tied=lambda xp, y, x, pieces: xp.greater(
        xp.sum(xp.where(xp.equal(_grouped(xp, x, pieces), xp.expand_dims(y, -1)), 1, 0), axis=-1), 1
    ),
    ties="the first of equal features wins",
    expand=lambda xp, x, pieces: xp.max(
        xp.reshape(x, (*xp.shape(x)[:-1], xp.shape(x)[-1] // pieces, pieces)), axis=-1
    ),
    cells=lambda place, x, pieces: (
        [(*place[:-1], place[-1] * pieces + k) for k in range(pieces)],
    ),
    combine="max",
)


def _embedding_steps(xp: GraphNamespace, table: Array, ids: Array) -> Array:
    """One-hot rows times the table; where that holds NaN or infinities, 0 times one is no row, so
    the rows are chosen.
    """
    picked = xp.one_hot(ids, xp.shape(table)[0])
    if not xp.overflows(table):
        return xp.matmul(picked, table)
    return xp.sum(xp.where(picked[..., None], table, 0), axis=-2)


def _embedding_shape(table: Shape, ids: Shape) -> Shape:
    if len(table) != 2:
        raise EMBEDDING.misshapen(
            "a table of the shape (entries, features)", say_shapes([table, ids])
        )
    return (*ids, table[1])


def _rows(xp: Namespace, table: Array, ids: Array) -> Array:
    return places(xp, "embedding", ids, xp.shape(table)[0], what="id", of="rows in the table")


EMBEDDING = declare(
    "embedding",
    ("table", "ids"),
    "the row of the table for each id",
    aliases={"weight": "table", "input": "ids"},
    forward=lambda xp, table, ids: xp.take_index(table, (_rows(xp, table, ids),)),
    vjp=(
        lambda xp, g, y, table, ids: xp.scatter_add(xp.shape(table), (_rows(xp, table, ids),), g),
        None,
    ),
    shape=_embedding_shape,
    rule=(
        lambda m, g, y, table, ids: m.say(
            "zeros, with {} added to the rows {}", g, ids, shape=table.shape
        ),
        None,
    ),
    words={
        "forward arrays": "Each id picks its row of {table}; nothing is computed.",
        "backward 0 arrays": (
            "Only the rows that were picked receive the gradient; a row picked"
            " more than once, the sum."
        ),
    },
    domain=((-2, 2), (0, 1)),
    examples=((((2, 2), (3,)), {}), (((3, 2), ()), {}), (((2, 1), (2, 2)), {})),
    expand=_embedding_steps,
    work=lambda out, table, ids: 0,
)


def _dropout_shape(x: Shape, *, p: Any, seed: Any, training: bool) -> Shape:
    if not is_number(p) or not 0 <= p <= 1:
        raise ValueInputError(
            "dropout takes a probability", expected="p from 0 to 1", got=f"p={p!r:.40}"
        )
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise ValueInputError(
            "dropout takes a seed", expected="a whole number from 0 on", got=f"seed={seed!r:.40}"
        )
    return tuple(x)


def _thinned(xp: Namespace, g: Array, x: Array, p: Array, seed: int, training: bool) -> Array:
    """`g` over 1 − p where x is kept, and 0 where it is dropped."""
    if not training:
        return g
    scaled = g if p == 1 else g / (1 - p)
    return xp.where(xp.equal(xp.kept(x, p, seed), 1), scaled, 0)


def _dropped(xp: Namespace, y: Array, x: Array, p: Array, seed: int, training: bool) -> str:
    size = math.prod(xp.shape(x))
    return str(size - int(xp.sum(xp.kept(x, p, seed))) if training else 0)


def _dropout_steps(xp: GraphNamespace, x: Array, p: Array, seed: int, training: bool) -> Array:
    if not training:
        return x * 1
    kept = xp.where(xp.named("mask", xp.kept(x, p, seed)), x, 0)
    return kept if p == 1 else kept / (1 - Fraction(str(p)))


def _written_mask(m: Notation, g: Maths, x: Maths, p: Any) -> Maths:
    masked = m.mul(g, m.value("mask", m.name("mask", x.shape)))
    kept = m.sub(m.number(1), m.value("p", m.name("p")))
    return m.given(
        masked if p == 1 else m.div(masked, kept), m.words("mask 1 where kept, 0 where dropped")
    )


DROPOUT = declare(
    # Srivastava et al., 2014, inverted: kept elements are scaled, so that inference leaves x
    # unchanged.
    "dropout",
    ("x",),
    "drops each element with probability p and scales the others by 1/(1 − p)",
    in_place=True,
    options={"p": 0.5, "seed": 0, "training": True},
    forward=lambda xp, x, **options: _thinned(xp, x, x, **options),
    vjp=(lambda xp, g, y, x, **options: _thinned(xp, g, x, **options),),
    shape=_dropout_shape,
    rule=(lambda m, g, y, x, p, seed, training: _written_mask(m, g, x, p) if training else g,),
    terms={"mask": lambda xp, g, y, x, p, seed, training: xp.kept(x, p, seed)},
    words={
        "forward": ("Dropped elements: {dropped} of {size}; the others are scaled by 1/(1 − {p})."),
        "forward arrays": (
            "Dropped elements: {dropped} of {size}; the others are scaled by 1/(1 − {p})."
        ),
        "forward all": "With p = 1 every element is dropped: 0 is left.",
        "forward inference": "Outside training nothing is dropped: {x} passes unchanged.",
        "backward": (
            "No gradient reaches what was dropped, {dropped} of {size}; the others pass it scaled."
        ),
        "backward arrays": (
            "No gradient reaches what was dropped, {dropped} of {size}; the others pass it scaled."
        ),
        "backward all": "With p = 1 every element is dropped: no gradient passes.",
        "backward inference": (
            "Outside training nothing is dropped: the gradient passes unchanged."
        ),
    },
    setting=lambda x, p, seed, training: "inference" if not training else "all" if p == 1 else "",
    facts={"dropped": _dropped},
    domain=((-2, 2),),
    examples=(
        (((5,),), {}),
        (((2, 3),), {"p": 0.25, "seed": 3}),
        (((2,),), {"p": 1.0}),
        (((2,),), {"training": False}),
    ),
    expand=_dropout_steps,
)

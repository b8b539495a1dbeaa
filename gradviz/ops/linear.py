"""Matrix products."""

import math
from collections.abc import Callable

from gradviz.ops.op import Array, Formula, Maths, Namespace, Notation, Shape, say_shapes
from gradviz.ops.registry import declare
from gradviz.ops.shapes import broadcast, summed_axes


def _matmul_shape(a: Shape, b: Shape) -> Shape:
    got = say_shapes((a, b))
    if not a or not b:
        raise MATMUL.misshapen(
            "arrays of one axis or more", got, "use * for a product with a scalar"
        )
    inner = b[-2] if len(b) > 1 else b[0]
    if a[-1] != inner:
        hint = ""
        if len(a) == len(b) == 2 and a[-1] == b[-1]:
            hint = "transpose one of them: a @ transpose(b)"
        raise MATMUL.misshapen(
            f"inner sizes that agree: {a[-1]} columns need {a[-1]} rows", got, hint
        )
    batch = broadcast("matmul", a[:-2], b[:-2])
    return batch + (a[-2:-1] if len(a) > 1 else ()) + (b[-1:] if len(b) > 1 else ())


def _as_matrices(xp: Namespace, g: Array, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """g, a and b with at least two axes: a left vector is a row, a right vector a column."""
    rank_a, rank_b = len(xp.shape(a)), len(xp.shape(b))
    if rank_a == 1:
        a, g = xp.expand_dims(a, 0), xp.expand_dims(g, -1 if rank_b == 1 else -2)
    if rank_b == 1:
        b, g = xp.expand_dims(b, 1), xp.expand_dims(g, -1)
    return g, a, b


def _fold(xp: Namespace, full: Array, shape: Shape) -> Array:
    """Sum the batch axes along which an operand was broadcast, then restore its shape."""
    wide = xp.shape(full)
    matrix = shape if len(shape) > 1 else wide[-2:]
    summed = summed_axes(wide, matrix)
    return xp.reshape(xp.sum(full, axis=summed) if summed else full, shape)


def _left(xp: Namespace, g: Array, y: Array, a: Array, b: Array) -> Array:
    g2, _, b2 = _as_matrices(xp, g, a, b)
    return _fold(xp, xp.matmul(g2, xp.swapaxes(b2, -1, -2)), xp.shape(a))


def _right(xp: Namespace, g: Array, y: Array, a: Array, b: Array) -> Array:
    g2, a2, _ = _as_matrices(xp, g, a, b)
    return _fold(xp, xp.matmul(xp.swapaxes(a2, -1, -2), g2), xp.shape(b))


def _rule_left(m: Notation, g: Maths, y: Maths, a: Maths, b: Maths) -> Maths:
    """dA = G Bᵀ; vectors are rows on the left and columns on the right."""
    if len(a.shape) == len(b.shape) == 1:
        return m.mul(g, b)
    if len(b.shape) == 1:
        return _unbroadcast(m, m.product(m.column(g), m.transpose(m.column(b))), a)
    return _unbroadcast(m, m.product(m.row(g) if len(a.shape) == 1 else g, m.transpose(b)), a)


def _rule_right(m: Notation, g: Maths, y: Maths, a: Maths, b: Maths) -> Maths:
    """dB = Aᵀ G."""
    if len(a.shape) == len(b.shape) == 1:
        return m.mul(g, a)
    if len(a.shape) == 1:
        return _unbroadcast(m, m.product(m.transpose(m.row(a)), m.row(g)), b)
    return _unbroadcast(m, m.product(m.transpose(a), m.column(g) if len(b.shape) == 1 else g), b)


def _unbroadcast(m: Notation, product: Maths, operand: Maths) -> Maths:
    """The sum over the batch axes along which the operand was repeated, if there are any."""
    matrix = operand.shape if len(operand.shape) > 1 else product.shape[-2:]
    summed = summed_axes(product.shape, matrix)
    return m.sum_axes(summed, product) if summed else product


Labels = tuple[str, ...]
"""A name for each axis of an operand; axes that are multiplied together share theirs."""


def _matmul_labels(a: Shape, b: Shape) -> tuple[Labels, Labels, Labels]:
    """The labels of a, of b and of their product."""
    batch = broadcast("matmul", a[:-2], b[:-2])
    rank = len(batch)

    def own(side: str, shape: Shape) -> Labels:
        return tuple(
            f"{side}{t}" if n == 1 != batch[t] else f"batch {t}"
            for t, n in enumerate(shape, rank - len(shape))
        )

    rows, columns = ("row",) if len(a) > 1 else (), ("column",) if len(b) > 1 else ()
    of_a = (*own("a", a[:-2]), *rows, "inner")
    of_b = (*own("b", b[:-2]), "inner", *columns)
    return of_a, of_b, (*(f"batch {t}" for t in range(rank)), *rows, *columns)


def _dot_labels(a: Shape, b: Shape) -> tuple[Labels, Labels, Labels]:
    """The same for NumPy's dot: the last axis of a meets the last but one of b."""
    if not a or not b:
        own = tuple(f"axis {t}" for t in range(len(a or b)))
        return own[: len(a)], own[: len(b)], own
    free_a = tuple(f"a{t}" for t in range(len(a) - 1))
    free_b = tuple(f"b{t}" for t in range(len(b) - 1))
    return (*free_a, "inner"), (*free_b[:-1], "inner", *free_b[-1:]), (*free_a, *free_b)


def _met(
    m: Notation,
    source: tuple[Maths, Labels],
    left: tuple[Maths, Labels],
    right: tuple[Maths, Labels],
) -> Maths | None:
    """left · right, summed over the axes that the source lacks, in index letters.

    None where these do not suffice.
    """
    known = dict(zip(source[1], m.indices(source[0]), strict=False))
    free = iter(m.letters[len(source[1]) :])
    summed = ""
    for maths, labels in (left, right):
        for label, n in zip(labels, maths.shape, strict=True):
            if label not in known:
                known[label] = "1" if n == 1 else next(free, "")
                summed += known[label] if n != 1 else ""
    if len(source[1]) > len(m.letters) or not all(known.values()):
        return None
    first, second = (
        m.at(x, "".join(known[label] for label in labels)) for x, labels in (left, right)
    )
    return m.sum_over(summed, m.mul(first, second)) if summed else m.mul(first, second)


def _by_index(
    labelled: Callable[[Shape, Shape], tuple[Labels, Labels, Labels]],
) -> tuple[Formula, Formula]:
    """The index rules of a product whose axes are labelled so."""

    def left(m: Notation, g: Maths, y: Maths, a: Maths, b: Maths) -> Maths | None:
        of_a, of_b, out = labelled(a.shape, b.shape)
        return _met(m, (a, of_a), (g, out), (b, of_b))

    def right(m: Notation, g: Maths, y: Maths, a: Maths, b: Maths) -> Maths | None:
        of_a, of_b, out = labelled(a.shape, b.shape)
        return _met(m, (b, of_b), (a, of_a), (g, out))

    return left, right


def _matmul_cells(place: Shape, a: Shape, b: Shape) -> tuple[list[Shape], list[Shape]]:
    """The row of a and the column of b, in the current batch, behind one element of the product."""
    rank = max(len(a), len(b), 2) - 2
    batch, rest = place[:rank], place[rank:]
    row, column = rest[:1] if len(a) > 1 else (), rest[-1:] if len(b) > 1 else ()
    of_a, of_b = (_in_batch(batch, shape[:-2]) for shape in (a, b))
    return [(*of_a, *row, k) for k in range(a[-1])], [(*of_b, k, *column) for k in range(a[-1])]


def _in_batch(batch: Shape, own: Shape) -> Shape:
    """The batch of an operand behind a batch of the product: 0 along axes that were broadcast."""
    return tuple(
        0 if n == 1 else i for i, n in zip(batch[len(batch) - len(own) :], own, strict=True)
    )


MATMUL = declare(
    "matmul",
    ("a", "b"),
    "the matrix product a @ b, batches broadcast",
    glyph="@",
    operator="@",
    habits=("mm",),
    roles=("row", "column"),
    spoken="matrix product",
    logical="(1*a) @ b counts",
    numpy=("matmul",),
    forward=lambda xp, a, b: xp.matmul(a, b),
    vjp=(_left, _right),
    shape=_matmul_shape,
    cells=_matmul_cells,
    combine="products",
    work=lambda out, a, b: math.prod(out) * a[-1],
    written=lambda m, a, b: (
        m.dot(a, b)
        if len(a.shape) == len(b.shape) == 1
        else m.product(
            m.row(a) if len(a.shape) == 1 else a, m.column(b) if len(b.shape) == 1 else b
        )
    ),
    rule=(_rule_left, _rule_right),
    index=_by_index(_matmul_labels),
    words={
        "forward": "{a} and {b} multiply element by element and add up: {value}.",
        "forward arrays": "Each row of {a} meets {b}: {first} = {terms} = {first.value}.",
        "forward arrays empty": (
            "An axis of {a} or {b} has no elements, so there is nothing to multiply."
        ),
        "backward 0": (
            "Each element of {a} met one of {b}, so it receives that times the upstream gradient."
        ),
        "backward 1": (
            "Each element of {b} met one of {a}, so it receives that times the upstream gradient."
        ),
        "backward 0 arrays": (
            "{a.element} multiplied {a.met} on its way to {output}, so {source} receives {rule}."
        ),
        "backward 1 arrays": (
            "{b.element} went into {output} through {b.met}, so {source} receives {rule}."
        ),
    },
    domain=((-2, 2), (-2, 2)),
    examples=(
        (((2, 3), (3, 2)), {}),
        (((2, 3), (3,)), {}),
        (((3,), (3, 2)), {}),
        (((3,), (3,)), {}),
        (((2, 2, 3), (3, 1)), {}),
        (((2, 1, 2, 2), (3, 2, 2)), {}),
        (((3,), (2, 3, 2)), {}),
        (((2, 2, 3), (3,)), {}),
    ),
)


def _dot_shape(a: Shape, b: Shape) -> Shape:
    if not a or not b:
        return a or b
    inner = b[-2] if len(b) > 1 else b[0]
    if a[-1] != inner:
        raise DOT.misshapen(
            f"the last axis of a as long as the summed axis of b, {inner}", say_shapes((a, b))
        )
    return a[:-1] + b[:-2] + (b[-1:] if len(b) > 1 else ())


def _dot_left(xp: Namespace, g: Array, y: Array, a: Array, b: Array) -> Array:
    rank_a, rank_b = len(xp.shape(a)), len(xp.shape(b))
    if rank_a == 0:
        return xp.sum(g * b)
    if rank_b == 0:
        return g * b
    turned = xp.moveaxis(b, -2, -1) if rank_b > 1 else b
    return xp.tensordot(g, turned, rank_b - 1)


def _dot_right(xp: Namespace, g: Array, y: Array, a: Array, b: Array) -> Array:
    rank_a, rank_b = len(xp.shape(a)), len(xp.shape(b))
    if rank_b == 0:
        return xp.sum(g * a)
    if rank_a == 0:
        return g * a
    lead = list(range(rank_a - 1))
    both = xp.tensordot(a, g, (lead, lead))
    return xp.moveaxis(both, 0, -2) if rank_b > 1 else both


def _dot_cells(place: Shape, a: Shape, b: Shape) -> tuple[list[Shape], list[Shape]]:
    """The slices of a and b that are multiplied for one element of the product."""
    if not a or not b:
        return [place if a else ()], [place if b else ()]
    row, rest = place[: len(a) - 1], place[len(a) - 1 :]
    return [(*row, k) for k in range(a[-1])], [(*rest[:-1], k, *rest[-1:]) for k in range(a[-1])]


def _for_matrices(rule: Formula) -> Formula:
    """The rule for two vectors or matrices, where dot is a matrix product, and beside a scalar; for
    more axes there is none.
    """

    def either(m: Notation, g: Maths, y: Maths, a: Maths, b: Maths) -> Maths | None:
        ranks = {len(a.shape), len(b.shape)}
        if 0 in ranks:
            met = m.mul(g, b if rule is _rule_left else a)
            own = a if rule is _rule_left else b
            return met if own.shape or ranks == {0} else m.sum_axes((), met)
        return rule(m, g, y, a, b) if ranks <= {1, 2} else None

    return either


DOT = declare(
    "dot",
    ("a", "b"),
    "NumPy's dot: inner product, matrix product, or product with a scalar",
    glyph="·",
    habits=("inner",),
    roles=("row", "column"),
    spoken="dot product",
    logical="dot(1*a, b) counts",
    numpy=("dot",),
    forward=lambda xp, a, b: xp.dot(a, b),
    vjp=(_dot_left, _dot_right),
    shape=_dot_shape,
    cells=_dot_cells,
    combine="products",
    work=lambda out, a, b: math.prod(out) * (a[-1] if a and b else 1),
    written=lambda m, a, b: (
        m.product(a, m.column(b) if len(b.shape) == 1 else b)
        if len(a.shape) == 2 and len(b.shape) in (1, 2)
        else m.dot(a, b)
    ),
    rule=(_for_matrices(_rule_left), _for_matrices(_rule_right)),
    index=_by_index(_dot_labels),
    words={
        "forward": "{a} and {b} multiply element by element and add up: {value}.",
        "forward arrays": "{output} = {written}: each row of {a} meets {b} once.",
        "backward": (
            "Each element of {source} receives the upstream gradient times the element that it met."
        ),
        "backward arrays": (
            "Each element of {source} receives what it met, times the upstream gradient."
        ),
    },
    domain=((-2, 2), (-2, 2)),
    examples=(
        (((), ()), {}),
        (((3,), (3,)), {}),
        (((2, 3), (3,)), {}),
        (((2, 3), (3, 2)), {}),
        (((), (2, 2)), {}),
        (((2, 2, 3), (2, 3, 2)), {}),
        (((3,), (2, 3, 2)), {}),
    ),
)

"""Ops that are small networks themselves: attention, a recurrent layer."""

import math

from gradviz.ops.elementwise.waves import tanh_slope
from gradviz.ops.losses.probabilities import softmax, softmax_back
from gradviz.ops.op import Array, GraphNamespace, Maths, Namespace, Notation, Shape, say_shapes
from gradviz.ops.registry import declare

# Attention
# -------------------------------------------------------------------------------------------------


def _attention_shape(q: Shape, k: Shape, v: Shape) -> Shape:
    got = say_shapes((q, k, v))
    if min(map(len, (q, k, v))) < 2 or not (q[:-2] == k[:-2] == v[:-2]):
        raise ATTENTION.misshapen(
            "q (…, L, d), k (…, S, d) and v (…, S, e) with the same leading axes", got
        )
    if q[-1] != k[-1] or not q[-1]:
        raise ATTENTION.misshapen(f"queries and keys with as many features: {q[-1]}", got)
    if k[-2] != v[-2] or not k[-2]:
        raise ATTENTION.misshapen(f"a value for each of the {k[-2]} keys", got)
    return (*q[:-1], v[-1])


def _turned(xp: Namespace, x: Array) -> Array:
    return xp.swapaxes(x, -1, -2)


def _weights(xp: Namespace, q: Array, k: Array) -> Array:
    """How much each query attends to each key: rows that sum to 1."""
    scores = xp.matmul(q, _turned(xp, k)) / _scale(xp, q)
    total = xp.sum(scores)
    return xp.stable(
        lambda: softmax(xp, scores),
        lambda: softmax(xp, _below_largest(xp, scores, q, k)),
        lambda: xp.not_equal(total - total, 0),
    )


def _below_largest(xp: Namespace, scores: Array, q: Array, k: Array) -> Array:
    """The scores; in rows where they overflow their distances from the largest, taken before
    queries and keys are scaled back.
    """
    query = xp.maximum(xp.max(xp.abs(q), axis=-1, keepdims=True), 1)
    key = xp.maximum(xp.max(xp.abs(k), axis=(-2, -1), keepdims=True), 1)
    scaled = xp.matmul(q / query, _turned(xp, k / key)) / _scale(xp, q)
    below = scaled - xp.max(scaled, axis=-1, keepdims=True)
    total = xp.sum(xp.abs(scores), axis=-1, keepdims=True)
    return xp.where(xp.equal(total - total, 0), scores, below * query * key)


def _scale(xp: Namespace, q: Array) -> Array:
    return xp.sqrt(xp.asarray(xp.shape(q)[-1]))


def _scores_back(xp: Namespace, g: Array, q: Array, k: Array, v: Array) -> Array:
    """The gradient at q kᵀ."""
    arrived = xp.matmul(g, _turned(xp, v))
    return softmax_back(xp, arrived, _weights(xp, q, k)) / _scale(xp, q)


def _attention_steps(xp: GraphNamespace, q: Array, k: Array, v: Array) -> Array:
    rank = len(xp.shape(k))
    turned = xp.transpose(k, axes=(*range(rank - 2), rank - 1, rank - 2))
    d = xp.shape(q)[-1]
    root = math.isqrt(d)
    scale = root if root * root == d else xp.sqrt(d)
    scores = xp.named("scores", (q @ turned) / scale)
    return xp.named("weights", xp.softmax(scores)) @ v


def _written_weights(m: Notation, q: Maths, k: Maths) -> Maths:
    return m.value("P", m.name("P", (*q.shape[:-1], k.shape[-2])))


def _weights_are(m: Notation, q: Maths, k: Maths) -> Maths:
    """P = softmax(q kᵀ/√d)."""
    scores = m.div(m.product(q, m.transpose(k)), m.root(m.number(q.shape[-1])))
    return m.relation("=", m.name("P"), m.call("softmax", scores))


def _dscores(m: Notation, q: Maths, k: Maths) -> Maths:
    return m.value("D", m.name("D", (*q.shape[:-1], k.shape[-2])))


def _with_scores(m: Notation, g: Maths, q: Maths, k: Maths, v: Maths, product: Maths) -> Maths:
    """product/√d, with D = P ⊙ (u vᵀ − Σ (u vᵀ ⊙ P)), the gradient at the scores."""
    weights = m.name("P", (*q.shape[:-1], k.shape[-2]))
    arrived = m.product(g, m.transpose(v))
    total = m.sum_axes((len(q.shape) - 1,), m.mul(arrived, weights))
    scores = m.mul(weights, m.sub(arrived, total))
    return m.given(
        m.div(product, m.root(m.number(q.shape[-1]))),
        m.relation("=", m.name("D"), scores),
        _weights_are(m, q, k),
    )


ATTENTION = declare(
    # Vaswani et al., 2017.
    "attention",
    ("q", "k", "v"),
    "scaled dot-product attention, softmax(q kᵀ/√d) v, on the last two axes",
    aliases={"query": "q", "key": "k", "value": "v"},
    forward=lambda xp, q, k, v: xp.matmul(_weights(xp, q, k), v),
    vjp=(
        lambda xp, g, y, q, k, v: xp.matmul(_scores_back(xp, g, q, k, v), k),
        lambda xp, g, y, q, k, v: xp.matmul(_turned(xp, _scores_back(xp, g, q, k, v)), q),
        lambda xp, g, y, q, k, v: xp.matmul(_turned(xp, _weights(xp, q, k)), g),
    ),
    shape=_attention_shape,
    written=lambda m, q, k, v: m.product(
        m.call(
            "softmax",
            m.div(m.product(q, m.transpose(k)), m.root(m.number(q.shape[-1] if q.shape else 1))),
        ),
        v,
    ),
    rule=(
        lambda m, g, y, q, k, v: _with_scores(m, g, q, k, v, m.product(_dscores(m, q, k), k)),
        lambda m, g, y, q, k, v: _with_scores(
            m, g, q, k, v, m.product(m.transpose(_dscores(m, q, k)), q)
        ),
        lambda m, g, y, q, k, v: m.given(
            m.product(m.transpose(_written_weights(m, q, k)), g), _weights_are(m, q, k)
        ),
    ),
    terms={
        "P": lambda xp, g, y, q, k, v: _weights(xp, q, k),
        "D": lambda xp, g, y, q, k, v: _scores_back(xp, g, q, k, v) * _scale(xp, q),
    },
    words={
        "forward arrays": (
            "Each query weighs the values by how well their keys match it; the weights add up to 1."
        ),
        "backward 0 arrays": (
            "A query moved its scores: the gradient comes back through softmax, then through"
            " the keys."
        ),
        "backward 1 arrays": (
            "A key moved one score of every query: it sums what comes back through softmax."
        ),
        "backward 2 arrays": (
            "A value receives every query's gradient, by the weight that the query gave it."
        ),
    },
    domain=((-1, 1), (-1, 1), (-1, 1)),
    examples=(
        (((2, 1), (2, 1), (2, 2)), {}),
        (((1, 2), (2, 2), (2, 1)), {}),
        (((1, 1, 1), (1, 2, 1), (1, 2, 1)), {}),
    ),
    expand=_attention_steps,
    work=lambda out, q, k, v: math.prod(q) * k[-2] + math.prod(out) * k[-2],
)

# A recurrent layer
# -----------------------------------------------------------------------------------------


def _rnn_shape(
    x: Shape, h: Shape, wx: Shape, wh: Shape, b: Shape | None = None, *, states: bool
) -> Shape:
    got = say_shapes([s for s in (x, h, wx, wh, b) if s is not None])
    if len(x) != 2 or len(h) != 1 or not x[0]:
        raise RNN.misshapen(
            "x of the shape (T, D), with at least one step, and h of the shape (H,)", got
        )
    features, units = x[1], h[0]
    if wx != (features, units):
        raise RNN.misshapen(
            f"wx of the shape (D, H), here ({features}, {units})", got, "x @ wx must fit"
        )
    if wh != (units, units):
        raise RNN.misshapen(f"wh of the shape (H, H), here ({units}, {units})", got)
    if b is not None and b != (units,):
        raise RNN.misshapen(f"b of the shape (H,), here ({units},)", got)
    return (x[0], units) if states else (units,)


def _states(
    xp: Namespace, x: Array, h: Array, wx: Array, wh: Array, b: Array
) -> tuple[list[Array], list[Array]]:
    """h before the first step, then after each; and what goes into the tanh of each step."""
    fed = xp.matmul(x, wx)
    found, squashed = [h], []
    for t in range(xp.shape(x)[0]):
        squashed.append(_squashed(xp, fed[t], x[t], found[-1], wx, wh, b))
        found.append(xp.tanh(squashed[-1]))
    return found, squashed


def _squashed(
    xp: Namespace, fed: Array, x: Array, h: Array, wx: Array, wh: Array, b: Array
) -> Array:
    """x wx + h wh + b, `fed` being x wx; scaled where terms of unequal signs overflow."""
    before = fed + xp.matmul(h, wh)
    before = before if b is None else before + b
    total = xp.sum(before)

    def scaled() -> Array:
        shifts = [] if b is None else [b]
        state = xp.max(xp.abs(xp.concatenate([x, h, xp.ones((1,))], 0)))
        weights = [xp.reshape(v, (-1,)) for v in (wx, wh, *shifts)]
        weight = xp.max(xp.abs(xp.concatenate([*weights, xp.ones((1,))], 0)))
        terms = xp.matmul(x / state, wx / weight) + xp.matmul(h / state, wh / weight)
        terms = terms if b is None else terms + b / state / weight
        total = terms * state * weight  # NaN where an operand is infinite itself
        kept = xp.where(xp.equal(total, total), total, before)
        return xp.where(xp.equal(before - before, 0), before, kept)

    return xp.stable(lambda: before, scaled, lambda: xp.not_equal(total - total, 0))


def _rnn(
    xp: Namespace, x: Array, h: Array, wx: Array, wh: Array, b: Array = None, *, states: bool
) -> Array:
    found, _ = _states(xp, x, h, wx, wh, b)
    return xp.stack(found[1:]) if states else found[-1]


def _through_time(
    xp: Namespace, g: Array, x: Array, h: Array, wx: Array, wh: Array, b: Array, states: bool
) -> tuple[Array, Array]:
    """The gradients before every tanh, (T, H), and the states that went into each step, (T, H)."""
    found, squashed = _states(xp, x, h, wx, wh, b)
    steps, back = xp.shape(x)[0], xp.swapaxes(wh, 0, 1)
    arriving = g[steps - 1] if states else g
    deltas = []
    for t in reversed(range(steps)):
        deltas.append(arriving * tanh_slope(xp, found[t + 1], squashed[t]))
        if t:
            arriving = xp.matmul(deltas[-1], back)
            arriving = arriving + g[t - 1] if states else arriving
    return xp.stack(deltas[::-1]), xp.stack(found[:-1])


def _rnn_dh(
    xp: Namespace,
    g: Array,
    y: Array,
    x: Array,
    h: Array,
    wx: Array,
    wh: Array,
    b: Array = None,
    *,
    states: bool,
) -> Array:
    deltas, _ = _through_time(xp, g, x, h, wx, wh, b, states)
    return xp.matmul(deltas[0], xp.swapaxes(wh, 0, 1))


def _rnn_dwh(
    xp: Namespace,
    g: Array,
    y: Array,
    x: Array,
    h: Array,
    wx: Array,
    wh: Array,
    b: Array = None,
    *,
    states: bool,
) -> Array:
    deltas, before = _through_time(xp, g, x, h, wx, wh, b, states)
    return xp.matmul(xp.swapaxes(before, 0, 1), deltas)


def _rnn_dx(
    xp: Namespace,
    g: Array,
    y: Array,
    x: Array,
    h: Array,
    wx: Array,
    wh: Array,
    b: Array = None,
    *,
    states: bool,
) -> Array:
    return xp.matmul(_through_time(xp, g, x, h, wx, wh, b, states)[0], xp.swapaxes(wx, 0, 1))


def _rnn_dwx(
    xp: Namespace,
    g: Array,
    y: Array,
    x: Array,
    h: Array,
    wx: Array,
    wh: Array,
    b: Array = None,
    *,
    states: bool,
) -> Array:
    return xp.matmul(xp.swapaxes(x, 0, 1), _through_time(xp, g, x, h, wx, wh, b, states)[0])


def _rnn_db(
    xp: Namespace,
    g: Array,
    y: Array,
    x: Array,
    h: Array,
    wx: Array,
    wh: Array,
    b: Array,
    *,
    states: bool,
) -> Array:
    return xp.sum(_through_time(xp, g, x, h, wx, wh, b, states)[0], axis=0)


def _rnn_steps(
    xp: GraphNamespace, x: Array, h: Array, wx: Array, wh: Array, b: Array = None, *, states: bool
) -> Array:
    """Unrolled: every step uses the same weights, so each weight is a branch."""
    found = []
    for t in range(xp.shape(x)[0]):
        before = xp.named(f"x{t + 1}", x[t]) @ wx + h @ wh
        h = xp.named(f"h{t + 1}", xp.tanh(before if b is None else before + b))
        found.append(h)
    return xp.stack(found) if states else h


def _written_deltas(m: Notation, x: Maths, h: Maths) -> Maths:
    return m.value("δ", m.name("δ", (x.shape[0], h.shape[0])))


def _with_deltas(m: Notation, body: Maths, *others: Maths) -> Maths:
    """A rule that speaks of δ."""
    deltas = m.words("δ the gradient before tanh, a row for each step")
    return m.given(body, deltas, *others)


def _written_dwh(m: Notation, x: Maths, h: Maths) -> Maths:
    before = m.value("H", m.name("H", (x.shape[0], h.shape[0])))
    return _with_deltas(
        m,
        m.product(m.transpose(before), _written_deltas(m, x, h)),
        m.words("H the states before the steps, a row for each"),
    )


def _deltas(
    xp: Namespace,
    g: Array,
    y: Array,
    x: Array,
    h: Array,
    wx: Array,
    wh: Array,
    b: Array = None,
    *,
    states: bool,
) -> tuple[Array, Array]:
    return _through_time(xp, g, x, h, wx, wh, b, states)


RNN = declare(
    # Elman, 1990.
    "rnn",
    ("x", "h", "wx", "wh", "b"),
    "h ← tanh(x_t wx + h wh + b) for each row x_t of x; the last state, or all of them",
    optional=1,
    options={"states": False},
    forward=_rnn,
    vjp=(_rnn_dx, _rnn_dh, _rnn_dwx, _rnn_dwh, _rnn_db),
    shape=_rnn_shape,
    written=lambda m, *operands, states: m.call("rnn", *operands),
    rule=(
        lambda m, g, y, x, h, wx, wh, b=None, *, states: _with_deltas(
            m, m.product(_written_deltas(m, x, h), m.transpose(wx))
        ),
        lambda m, g, y, x, h, wx, wh, b=None, *, states: _with_deltas(
            m, m.product(m.value("δ₁", m.row(m.at(_written_deltas(m, x, h), "1"))), m.transpose(wh))
        ),
        lambda m, g, y, x, h, wx, wh, b=None, *, states: _with_deltas(
            m, m.product(m.transpose(x), _written_deltas(m, x, h))
        ),
        lambda m, g, y, x, h, wx, wh, b=None, *, states: _written_dwh(m, x, h),
        lambda m, g, y, x, h, wx, wh, b=None, *, states: _with_deltas(
            m, m.sum_axes((0,), _written_deltas(m, x, h))
        ),
    ),
    terms={
        "δ": lambda xp, *values, states: _deltas(xp, *values, states=states)[0],
        "δ₁": lambda xp, *values, states: _deltas(xp, *values, states=states)[0][:1],
        "H": lambda xp, *values, states: _deltas(xp, *values, states=states)[1],
    },
    words={
        "forward arrays": (
            "The state is updated once for each of the rows of {x}, each time with the same"
            " weights."
        ),
        "backward 0 arrays": (
            "Each row of {x} receives what comes back through its own step, {wx} and tanh."
        ),
        "backward 1 arrays": (
            "The first state is reached last: the gradient has come back through every step."
        ),
        "backward 2 arrays": (
            "{wx} was used in every step, so it sums the contributions of all steps."
        ),
        "backward 3 arrays": (
            "{wh} was used in every step, so it sums the contributions of all steps."
        ),
        "backward 4 arrays": (
            "The bias was added in every step, so it sums the gradients of all steps."
        ),
    },
    domain=((-1, 1),) * 5,
    examples=(
        (((2, 1), (2,), (1, 2), (2, 2)), {}),
        (((2, 1), (1,), (1, 1), (1, 1), (1,)), {"states": True}),
    ),
    expand=_rnn_steps,
    work=lambda out, x, h, wx, wh, b=None, *, states: x[0] * (math.prod(wx) + math.prod(wh)),
)

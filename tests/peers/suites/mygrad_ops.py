"""MyGrad: its ops, layers, activations and losses on random operands."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, NamedTuple

import mygrad as mg
import numpy as np
from mygrad.nnet import activations, layers, losses

from gradviz.ops import every
from gradviz.ops.op import Op
from gradviz.ops.registry import by_numpy_name
from tests.peers.comparing import Theirs, by_graph, by_op, compare
from tests.peers.counting import Case, Suite, Verdict

Rng = np.random.Generator
ROUNDS = 5
SHAPES = ((), (3,), (2, 3), (2, 1, 4))
PAIRS = (
    ((), ()),
    ((3,), (3,)),
    ((2, 3), (3,)),
    ((2, 1), (1, 4)),
    ((), (2, 2)),
    ((4, 1, 2), (3, 1)),
)
AXES = (None, 0, 1, -1, (0, 1), (0, 2))


class Drawn(NamedTuple):
    """A case: the operands by name, MyGrad's function of them, ours, and which have gradients."""

    name: str
    operands: Mapping[str, Any]
    peer: Callable[..., Any]
    ours: Callable[[Any], tuple[Any, Sequence[Any]]]
    wrt: Sequence[str]


def spread(rng: Rng, shape: Sequence[int], low: float = -3, high: float = 3) -> Any:
    """Different numbers inside an interval: no ties, and none at a kink."""
    size = math.prod(shape)
    places = (rng.permutation(size) + rng.uniform(0.2, 0.8, size)) / max(size, 1)
    return (low + (high - low) * places).reshape(tuple(shape))


def op_case(
    op: str, peer: Callable[..., Any], operands: Sequence[Any], options: Mapping[str, Any]
) -> Drawn:
    """MyGrad's function beside one op; integers are labels and have no gradient."""
    named = {f"x{i}": v for i, v in enumerate(operands)}
    real = [i for i, v in enumerate(operands) if np.asarray(v).dtype.kind == "f"]
    told = ", ".join(
        [*(str(np.shape(v)) for v in operands), *(f"{k}={v}" for k, v in options.items())]
    )
    ours = lambda upstream: by_op(op, operands, options, upstream, real)
    return Drawn(f"{op}({told})", named, peer, ours, [f"x{i}" for i in real])


def text_case(text: str, peer: Callable[..., Any], **operands: Any) -> Drawn:
    """MyGrad's function beside a text; integers are constants."""
    wrt = [n for n, v in operands.items() if np.asarray(v).dtype.kind == "f"]
    ours = lambda upstream: by_graph(text, operands, upstream, wrt)
    return Drawn(f"{text} {[np.shape(v) for v in operands.values()]}", operands, peer, ours, wrt)


def in_mygrad(drawn: Drawn) -> Theirs:
    """MyGrad's value, and its gradients by `backward`."""

    def theirs() -> tuple[Any, Callable[[Any], list[Any]]]:
        tensors = {
            n: mg.tensor(v, dtype=float) if n in drawn.wrt else np.asarray(v)
            for n, v in drawn.operands.items()
        }
        value = drawn.peer(*tensors.values())

        def pull(upstream: Any) -> list[Any]:
            value.backward(upstream)
            return [tensors[n].grad for n in drawn.wrt]

        return value.data, pull

    return theirs


def shared_ops() -> Iterator[tuple[Op, Callable[..., Any]]]:
    """Our ops that MyGrad has under the same name of NumPy's."""
    for op in every():
        name = next((n for n in (*op.numpy, op.name) if hasattr(mg, n)), "")
        if name and all(op.differentiable(i) for i in range(len(op.inputs))):
            yield op, getattr(mg, name)


def elementwise(rng: Rng) -> Iterator[Drawn]:
    """Every elementwise op of both, over shapes that broadcast."""
    for op, peer in shared_ops():
        ends = op.domain or ((-3, 3),) * len(op.inputs)
        if not op.elementwise or op.options:
            continue
        for shapes in PAIRS if len(op.inputs) == 2 else [(s,) for s in SHAPES]:
            operands = [spread(rng, s, *e) for s, e in zip(shapes, ends, strict=True)]
            yield op_case(op.name, peer, operands, {})


def reductions(rng: Rng) -> Iterator[Drawn]:
    """Every reduction of both, over axes with and without `keepdims`."""
    for op, peer in shared_ops():
        if list(op.options) != ["axis", "keepdims"]:
            continue
        for axis in AXES:
            for keepdims in (False, True):
                options = {"axis": axis, "keepdims": keepdims}
                call = lambda x, peer=peer, options=options: peer(x, **options)
                yield op_case(op.name, call, [spread(rng, (2, 3, 4))], options)
    for name, squared in (("var", "v"), ("std", "sqrt(v)")):
        for axis in (None, 0, 1):
            kept = f"mean(x, axis={axis}, keepdims=True)"
            text = f"v = mean((x - {kept})**2, axis={axis}); {squared} + 0"
            peer = lambda x, name=name, axis=axis: getattr(mg, name)(x, axis=axis)
            yield text_case(text, peer, x=spread(rng, (3, 4)))


def rearranging(rng: Rng) -> Iterator[Drawn]:
    """Products, moves and choices."""
    x = spread(rng, (2, 3, 4))
    for a, b in (
        ((3,), (3,)),
        ((2, 3), (3,)),
        ((3,), (3, 2)),
        ((2, 3), (3, 4)),
        ((5, 2, 3), (3, 2)),
        ((2, 1, 2, 3), (4, 3, 2)),
    ):
        yield op_case("matmul", mg.matmul, [spread(rng, a), spread(rng, b)], {})
    for shape in ((24,), (6, 4), (-1, 2), (1, 2, 12)):
        yield op_case("reshape", lambda v, s=shape: mg.reshape(v, s), [x], {"shape": shape})
    for axes in (None, (2, 0, 1), (1, 0, 2)):
        peer = lambda v, a=axes: mg.transpose(v, *(a or ()))
        yield op_case("transpose", peer, [x], {"axes": axes})
    for axis in (0, 1, 2, -1):
        both = [x, spread(rng, (2, 3, 4))]
        yield op_case(
            "concatenate", lambda *v, a=axis: mg.concatenate(v, axis=a), both, {"axis": axis}
        )
        yield op_case("stack", lambda *v, a=axis: mg.stack(v, axis=a), both, {"axis": axis})
    for written, index in (
        ("0", 0),
        ("-1", -1),
        ("0, 1:", (0, slice(1, None))),
        (":, ::2", (slice(None), slice(None, None, 2))),
        ("1, -2, 3", (1, -2, 3)),
        (":, :, ::-1", (slice(None), slice(None), slice(None, None, -1))),
    ):
        yield text_case(f"x[{written}] + 0", lambda v, i=index: v[i], x=x)
    for low, high in ((-1, 2), (None, 0.5), (0.25, None)):
        yield op_case(
            "clip", lambda v, lo=low, hi=high: mg.clip(v, lo, hi), [x], {"low": low, "high": high}
        )
    for shape in SHAPES:
        mask = rng.integers(0, 2, shape)
        yield op_case(
            "where",
            lambda c, a, b: mg.where(c.astype(bool), a, b),
            [mask, spread(rng, shape), spread(rng, shape)],
            {},
        )


def layered(rng: Rng) -> Iterator[Drawn]:
    """Convolutions, pooling and batch normalisation."""
    for stride in (1, 2):
        for padding in (0, 1, 2):
            for dilation in (1, 2):
                options = {"stride": stride, "padding": padding, "dilation": dilation}
                peer = lambda x, w, o=options: layers.conv_nd(x, w, **o)
                yield op_case(
                    "conv1d", peer, [spread(rng, (2, 3, 9)), spread(rng, (2, 3, 3))], options
                )
                image, weights = spread(rng, (2, 3, 7, 9)), spread(rng, (4, 3, 3, 3))
                yield op_case("conv2d", peer, [image, weights], options)
    for size, stride in (
        ((2, 2), 2),
        ((2, 2), 1),
        ((3, 3), 3),
        ((3, 2), (3, 2)),
        ((1, 1), 1),
        ((4, 4), 2),
    ):
        steps = stride if isinstance(stride, tuple) else (stride, stride)
        peer = lambda x, p=size, s=steps: layers.max_pool(x, p, s)
        yield op_case(
            "maxpool2d", peer, [spread(rng, (2, 2, 6, 6))], {"size": size, "stride": steps}
        )
    for shape in ((4, 3), (2, 3, 4), (2, 3, 2, 2)):
        x, g, b = spread(rng, shape), spread(rng, (3,)), spread(rng, (3,))
        for eps in (1e-5, 0.1):
            peer = lambda x, g, b, e=eps: layers.batchnorm(x, gamma=g, beta=b, eps=e)
            yield op_case("batchnorm", peer, [x, g, b], {"eps": eps})
            plain = lambda x, e=eps: layers.batchnorm(x, gamma=None, beta=None, eps=e)
            yield op_case("batchnorm", plain, [x], {"eps": eps})


def activated(rng: Rng) -> Iterator[Drawn]:
    """Activations: ops, and those written as formulas."""
    for shape in SHAPES:
        x = spread(rng, shape)
        for op, peer in (
            ("relu", activations.relu),
            ("sigmoid", activations.sigmoid),
            ("tanh", activations.tanh),
        ):
            yield op_case(op, peer, [x], {})
        for slope in (0.01, 0.3):
            yield op_case(
                "leaky_relu", lambda v, s=slope: activations.leaky_relu(v, s), [x], {"slope": slope}
            )
            yield op_case("elu", lambda v, s=slope: activations.elu(v, s), [x], {"alpha": slope})
        yield op_case("clip", activations.hard_tanh, [x], {"low": -1, "high": 1})
        yield text_case("x/(1 + abs(x))", activations.soft_sign, x=x)
        yield text_case(
            "1.0507009873554804934193349852946*elu(x, alpha=1.6732632423543772848170429916717)",
            activations.selu,
            x=x,
        )
    for axis in (0, 1, -1):
        x = spread(rng, (3, 4), -9, 9)
        yield op_case(
            "softmax", lambda v, a=axis: activations.softmax(v, axis=a), [x], {"axis": axis}
        )
        yield op_case(
            "log_softmax", lambda v, a=axis: activations.logsoftmax(v, axis=a), [x], {"axis": axis}
        )
    yield text_case(
        "x[:, :2]*sigmoid(x[:, 2:])", lambda v: activations.glu(v, axis=1), x=spread(rng, (3, 4))
    )


def lost(rng: Rng) -> Iterator[Drawn]:
    """Every loss, with labels that repeat."""
    for batch, classes in ((1, 2), (3, 4), (5, 3)):
        labels, onehot = rng.integers(0, classes, batch), np.zeros((batch, classes), int)
        onehot[np.arange(batch), labels] = 1
        scores = spread(rng, (batch, classes), -9, 9)
        yield op_case("softmax_cross_entropy", losses.softmax_crossentropy, [scores, labels], {})
        yield op_case("nll", losses.negative_log_likelihood, [scores, labels], {})
        for margin in (1.0, 0.5):
            peer = lambda s, y, m=margin: losses.multiclass_hinge(s, y, hinge=m)
            yield op_case("multiclass_hinge", peer, [scores, labels], {"margin": margin})
            a, b, sign = spread(rng, (batch,)), spread(rng, (batch,)), rng.choice([-1, 1], batch)
            text = f"mean(maximum(0, {margin} - y*(a - b)))"
            yield text_case(
                text,
                lambda a, b, y, m=margin: losses.margin_ranking_loss(a, b, y, m),
                a=a,
                b=b,
                y=sign,
            )
        for alpha, gamma in ((1, 0), (0.5, 2), (2, 1)):
            chances = spread(rng, (batch, classes), 0.05, 0.95)
            picked = "q = sum(p*t, axis=1); "
            text = f"{picked}mean(-{alpha}*(1 - q)**{gamma}*log(q))"
            peer = lambda p, t, a=alpha, g=gamma: mg.mean(
                losses.focal_loss(p, t.argmax(1), alpha=a, gamma=g)
            )
            yield text_case(text, peer, p=chances, t=onehot)
            text = f"q = sum(softmax(s)*t, axis=1); mean(-{alpha}*(1 - q)**{gamma}*log(q))"
            peer = lambda s, t, a=alpha, g=gamma: mg.mean(
                losses.softmax_focal_loss(s, t.argmax(1), alpha=a, gamma=g)
            )
            yield text_case(text, peer, s=spread(rng, (batch, classes)), t=onehot)


MORE = (
    "arccosh arcsinh arctanh arccot arccoth arccsc arccsch arcsec atleast_1d atleast_2d"
    " atleast_3d broadcast_to cbrt cot coth csc csch cumprod cumsum einsum exp2 expand_dims"
    " logaddexp logaddexp2 moveaxis multi_matmul ravel repeat roll sec sech sinc squeeze swapaxes"
)
"""What else MyGrad differentiates."""

DRAWN = (elementwise, reductions, rearranging, layered, activated, lost)


def cases() -> Iterator[Case]:
    """Every kind of case, in several rounds of other numbers."""
    for seed in range(ROUNDS):
        rng = np.random.default_rng(seed)
        for drawn in chain.from_iterable(draw(rng) for draw in DRAWN):
            operands = list(drawn.operands.values())
            yield compare(drawn.name, operands, in_mygrad(drawn), drawn.ours)
    yield from (Case(n, Verdict.NO_OP, n) for n in MORE.split() if by_numpy_name(n) is None)


SUITE = Suite(
    "MyGrad",
    "Its elementwise ops, reductions, products and moves, `conv_nd`, `max_pool`, `batchnorm`, "
    "activations and losses on random operands without ties: values, and gradients by `backward`.",
    ("mygrad",),
    cases,
)

"""Recurrent networks, unrolled in time: every step uses the same parameters."""

from collections.abc import Callable

from gradviz.errors import ValueInputError
from gradviz.graph.expression import Expression, call, scope
from gradviz.networks.catalogue import network
from gradviz.networks.initialisers import xavier, zeros
from gradviz.networks.layers import Linear
from gradviz.networks.parameters import data, parameter

Gate = Callable[[Expression, Expression], Expression]
"""W x + U h + b."""
States = tuple[Expression, ...]
"""h, and c of an LSTM."""
MOST = 1000
"""Steps; each is written out."""


class _Cell:
    """The gates of a network, their parameters made once, and how they are called at a step."""

    def __init__(self, gates: str, inputs: int, units: int) -> None:
        self._gates = {name: _gate(name, inputs, units) for name in gates.split()}
        self.t = 0

    def __call__(self, name: str, squash: str, x: Expression, h: Expression) -> Expression:
        """A gate, squashed, under its name and the step's number."""
        return self.named(name, call(squash, self._gates[name](x, h)))

    def named(self, name: str, value: Expression) -> Expression:
        """A value of this step."""
        return value.named(f"{name}{self.t}")


def _gate(name: str, inputs: int, units: int) -> Gate:
    W = parameter(f"W_{name}", (units, inputs), xavier(inputs, units))
    U = parameter(f"U_{name}", (units, units), xavier(units, units))
    b = parameter(f"b_{name}", (units,), zeros())
    return lambda x, h: call("linear", x, W, b) + call("linear", h, U)


def _unrolled(
    sizes: str,
    steps: int,
    gates: str,
    states: str,
    step: Callable[[_Cell, Expression, States], States],
) -> Expression:
    """The last h, or the scores that a fully connected layer makes of it.

    gates, states  their names; `step` takes and gives the states in this order, h first.
    """
    inputs, units, *outputs = _sizes(sizes, steps)
    sequence, cell = data("x", (steps, inputs)), _Cell(gates, inputs, units)
    now = tuple(data(f"{s}0", (units,), example=[0] * units) for s in states.split())
    for t in range(1, steps + 1):
        cell.t = t
        with scope(f"step{t}"):
            now = step(cell, sequence[..., t - 1, :], now)
    return Linear(outputs[0], names=("W_y", "b_y"))(now[0]) if outputs else now[0]


def _sizes(text: str, steps: int) -> list[int]:
    words = text.split("-")
    if len(words) not in (2, 3) or not all(w.isdecimal() and len(w) < 10 and int(w) for w in words):
        raise ValueInputError(
            "not valid sizes of a recurrent network",
            expected="inputs-units, or inputs-units-outputs, as in rnn:2-3-1",
            got=text,
        )
    if not 1 <= steps <= MOST:
        raise ValueInputError("not a number of steps", expected=f"1 to {MOST:,}", got=steps)
    return list(map(int, words))


@network(
    "rnn",
    "a recurrent network unrolled in time: inputs, units, and outputs of the last step if wanted",
    "CSCI 566, Lecture 3; Elman, 1990",
)
def rnn(sizes: str, /, *, steps: int = 3) -> Expression:
    """h ← tanh(W x + U h + b), from h0 = 0 unless it is given."""
    return _unrolled(sizes, steps, "h", "h", lambda cell, x, now: (cell("h", "tanh", x, *now),))


@network(
    "lstm",
    "an LSTM unrolled in time: inputs, units, and outputs of the last step if wanted",
    "CSCI 566, Lecture 3; Hochreiter and Schmidhuber, 1997; Gers et al., 2000",
)
def lstm(sizes: str, /, *, steps: int = 2) -> Expression:
    """Gates f (forget), i (input) and o (output), candidates g.

    c ← f ⊙ c + i ⊙ g and h ← o ⊙ tanh(c), as in PyTorch.
    """

    def step(cell: _Cell, x: Expression, now: States) -> States:
        h, c = now
        f, i, o = (cell(name, "sigmoid", x, h) for name in "fio")
        c = cell.named("c", f * c + i * cell("g", "tanh", x, h))
        return cell.named("h", o * call("tanh", c)), c

    return _unrolled(sizes, steps, "f i o g", "h c", step)


@network(
    "gru",
    "a GRU unrolled in time: inputs, units, and outputs of the last step if wanted",
    "CSCI 566, Lecture 3; Cho et al., 2014",
)
def gru(sizes: str, /, *, steps: int = 2) -> Expression:
    """Gates z (update) and r (reset), candidates n = tanh(W x + U (r ⊙ h) + b).

    h ← z ⊙ h + (1 − z) ⊙ n, as in the paper; PyTorch resets after the product with U.
    """

    def step(cell: _Cell, x: Expression, now: States) -> States:
        (h,) = now
        z, r = (cell(name, "sigmoid", x, h) for name in "zr")
        return (cell.named("h", z * h + (1 - z) * cell("n", "tanh", x, r * h)),)

    return _unrolled(sizes, steps, "z r n", "h", step)

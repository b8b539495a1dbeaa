"""Optimisers: how a gradient changes its parameter, each rule declared once and as in PyTorch.

A rule is written as lines of our own grammar (`gradviz.trace.rules`), from which come its numbers
on floats and on fractions, its LaTeX, and the arithmetic of every step. To add one, add an entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from gradviz.errors import UnknownNameError, did_you_mean
from gradviz.trace.rules import GRADIENT, WEIGHT, Line, worked_out

State = Mapping[str, Any]
Update = tuple[Any, State]

SYMBOLS: Final = {
    "lr": "η",
    "momentum": "μ",
    "alpha": "α",
    "beta1": "β1",
    "beta2": "β2",
    "eps": "ε",
    "decay": "λ",
}
"""How options are written in formulas."""


@dataclass(frozen=True, slots=True, eq=False)
class Optimiser:
    """One rule.

    name     its name.
    summary  what it does, in a few words, for lists.
    words    one sentence on a step of it; `{name}` is the parameter.
    lines    name and text of each line, in order; the last gives the new `w`. They may use `w`, its
             gradient `g`, the options, the state, and `t`, the number of the step from 1 on.
    options  name -> default, PyTorch's; the learning rate `lr` among them.
    source   where the formula comes from.
    rate     a learning rate that is usual for small networks.
    state    what is kept for each parameter between steps, 0 at first.
    """

    name: str
    summary: str
    words: str
    lines: tuple[Line, ...]
    options: Mapping[str, Any]
    source: str
    rate: float
    state: tuple[str, ...] = field(default=())

    def step(
        self,
        xp: Any,
        w: Any,
        g: Any,
        options: Mapping[str, Any],
        state: State | None = None,
        t: int = 1,
    ) -> Update:
        """One update: the new parameter and the state after step t, counted from 1; with the
        defaults for options not given.

        Raises UnknownNameError for an option that the rule does not have.
        """
        self.check(options)
        given = {k: xp.number(options.get(k, v)) for k, v in self.options.items()}
        start = dict.fromkeys(self.state, xp.zeros(xp.shape(w))) | dict(state or {})
        known = {**given, **start, "t": t, WEIGHT: w, GRADIENT: g}
        found = worked_out(self.lines, known, xp)
        return found[WEIGHT], {name: found[name] for name in self.state}

    def check(self, options: Mapping[str, Any]) -> None:
        """Raise UnknownNameError for an option that the rule does not have."""
        for name in options:
            if name not in self.options:
                raise UnknownNameError(
                    f"{self.name} has no option {name!r}",
                    expected=", ".join(self.options),
                    hint=did_you_mean(name, self.options),
                )


def _lines(*texts: str) -> tuple[Line, ...]:
    """The lines of `v = momentum*v + g` and its like."""
    split = (text.partition(" = ") for text in texts)
    return tuple(Line(name, right) for name, _, right in split)


_MOMENTS = (
    "m = beta1*m + (1 - beta1)*g",
    "v = beta2*v + (1 - beta2)*g*g",
    "m_hat = m/(1 - beta1**t)",
    "v_hat = v/(1 - beta2**t)",
)
_ADAM = "w = w - lr*m_hat/(sqrt(v_hat) + eps)"

OPTIMISERS: Final = {
    rule.name: rule
    for rule in (
        Optimiser(
            "sgd",
            "gradient descent: a step against the gradient",
            "{name} moves {lr} times its gradient downhill.",
            _lines("w = w - lr*g"),
            {"lr": 0.001},
            "gradient descent, w ← w − lr · g; torch.optim.SGD without momentum",
            0.1,
        ),
        Optimiser(
            # PyTorch keeps lr out of v, unlike Sutskever et al., 2013.
            "momentum",
            "gradient descent that keeps a share of its speed",
            "The velocity v keeps {momentum} of itself and adds the gradient;"
            " {name} moves {lr} times v downhill.",
            _lines("v = momentum*v + g", "w = w - lr*v"),
            {"lr": 0.001, "momentum": 0.9},
            "v ← momentum · v + g, w ← w − lr · v; torch.optim.SGD with momentum and no dampening",
            0.1,
            ("v",),
        ),
        Optimiser(
            "nesterov",
            "momentum that looks one step ahead",
            "The velocity v keeps {momentum} of itself and adds the gradient; {name} moves {lr}"
            " times the gradient plus {momentum} of v, as if it looked one step ahead.",
            _lines("v = momentum*v + g", "w = w - lr*(g + momentum*v)"),
            {"lr": 0.001, "momentum": 0.9},
            "Nesterov, 1983; Sutskever et al., 2013; torch.optim.SGD with nesterov=True",
            0.1,
            ("v",),
        ),
        Optimiser(
            "adagrad",
            "a rate of its own for each weight, smaller the more it has moved",
            "s adds up the squares of all gradients so far; {name} moves {lr} times its gradient"
            " divided by √s.",
            _lines("s = s + g*g", "w = w - lr*g/(sqrt(s) + eps)"),
            {"lr": 0.01, "eps": 1e-10},
            "Duchi, Hazan and Singer, 2011; torch.optim.Adagrad",
            0.1,
            ("s",),
        ),
        Optimiser(
            "rmsprop",
            "a rate of its own for each weight, by the recent size of its gradient",
            "s is a running mean of squared gradients; {name} moves {lr} times its gradient divided"
            " by √s.",
            _lines("s = alpha*s + (1 - alpha)*g*g", "w = w - lr*g/(sqrt(s) + eps)"),
            {"lr": 0.01, "alpha": 0.99, "eps": 1e-8},
            "Tieleman and Hinton, Coursera lecture 6e, 2012; torch.optim.RMSprop",
            0.01,
            ("s",),
        ),
        Optimiser(
            "adam",
            "momentum, divided by the recent size of the gradient",
            "m and v are running means of the gradient and of its square, corrected for their start"
            " at 0; {name} moves {lr} times m over the root of v.",
            _lines(*_MOMENTS, _ADAM),
            {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
            "Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015, algorithm 1;"
            " torch.optim.Adam",
            0.01,
            ("m", "v"),
        ),
        Optimiser(
            "adamw",
            "Adam with weight decay of its own, outside the gradient",
            "{name} first shrinks by {lr} · {decay} of itself, then takes a step of Adam.",
            _lines("w = w - lr*decay*w", *_MOMENTS, _ADAM),
            {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "decay": 0.01},
            "Loshchilov and Hutter, Decoupled Weight Decay Regularization, 2019; torch.optim.AdamW",
            0.01,
            ("m", "v"),
        ),
    )
}


def optimiser(name: str) -> Optimiser:
    """The rule of this name. Raises UnknownNameError with the nearest one."""
    if name not in OPTIMISERS:
        raise UnknownNameError(
            f"there is no optimizer {name!r:.40}",
            expected=", ".join(OPTIMISERS),
            hint=did_you_mean(str(name), OPTIMISERS),
        )
    return OPTIMISERS[name]

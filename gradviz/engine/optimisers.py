"""Optimisers: how a gradient changes its parameter, each rule declared once and as in PyTorch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gradviz.errors import UnknownNameError, did_you_mean

State = Mapping[str, Any]
Update = tuple[Any, State]


@dataclass(frozen=True, slots=True, eq=False)
class Optimiser:
    """One rule.

    name     its name.
    options  name -> default, PyTorch's; the learning rate `lr` among them.
    state    what is kept for each parameter between steps, 0 at first.
    update   `(xp, w, g, state, t, **options)`: the new parameter and state after step t, counted
             from 1.
    source   where the formula comes from.
    """

    name: str
    options: Mapping[str, Any]
    update: Callable[..., Update]
    source: str
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
        """One update, with PyTorch's defaults for the options not given.

        Raises UnknownNameError for an option that the rule does not have.
        """
        for name in options:
            if name not in self.options:
                raise UnknownNameError(
                    f"{self.name} has no option {name!r}",
                    expected=", ".join(self.options),
                    hint=did_you_mean(name, self.options),
                )
        given = {k: xp.number(options.get(k, v)) for k, v in self.options.items()}
        start = dict.fromkeys(self.state, xp.zeros(xp.shape(w))) | dict(state or {})
        return self.update(xp, w, g, start, t, **given)


def _descend(xp: Any, w: Any, g: Any, state: State, t: int, lr: Any) -> Update:
    return w - lr * g, state


def _momentum(xp: Any, w: Any, g: Any, state: State, t: int, lr: Any, momentum: Any) -> Update:
    v = momentum * state["v"] + g
    return w - lr * v, {"v": v}


def _adam(
    xp: Any, w: Any, g: Any, state: State, t: int, lr: Any, beta1: Any, beta2: Any, eps: Any
) -> Update:
    m = beta1 * state["m"] + (1 - beta1) * g
    v = beta2 * state["v"] + (1 - beta2) * g * g
    m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
    return w - lr * m_hat / (xp.sqrt(v_hat) + eps), {"m": m, "v": v}


OPTIMISERS = {
    rule.name: rule
    for rule in (
        Optimiser(
            "sgd",
            {"lr": 0.001},
            _descend,
            "gradient descent, w ← w − lr · g; torch.optim.SGD without momentum",
        ),
        Optimiser(
            # PyTorch keeps lr out of v, unlike Sutskever et al., 2013.
            "momentum",
            {"lr": 0.001, "momentum": 0.9},
            _momentum,
            "v ← momentum · v + g, w ← w − lr · v; torch.optim.SGD with momentum and no dampening",
            ("v",),
        ),
        Optimiser(
            "adam",
            {"lr": 0.001, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
            _adam,
            "Kingma and Ba, Adam: A Method for Stochastic Optimization, 2015, algorithm 1;"
            " torch.optim.Adam",
            ("m", "v"),
        ),
    )
}


def optimiser(name: str) -> Optimiser:
    """The rule of this name. Raises UnknownNameError with the nearest one."""
    if name not in OPTIMISERS:
        raise UnknownNameError(
            f"there is no optimiser {name!r}",
            expected=", ".join(OPTIMISERS),
            hint=did_you_mean(name, OPTIMISERS),
        )
    return OPTIMISERS[name]

"""The layers of a network, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from gradviz.engine.inside.chain.numbers import Numbers
from gradviz.engine.inside.chain.parts import Chain, Link
from gradviz.errors import ValueInputError
from gradviz.trace.trace import Trace


def chain(trace: Trace) -> Chain:
    """The layers of a trace's graph. Raises ValueInputError, with the reason, where it is none."""
    return Layers(trace).chain()


class Layers(Numbers):
    """Finds the layers of a network, of arrays or of single numbers."""

    def chain(self) -> Chain:
        """The layers, and what follows them. Raises ValueInputError where there are none."""
        links: list[Link] = []
        for node in self.path:
            if not self._is_product(node):
                continue
            if links and not self._continues(links[-1], node):
                if self._meets(links[-1], node):
                    break
                continue
            links.append(self._link(node, links))
        links = links or self._numbers()
        last = links[-1].values
        tail = tuple(sorted(set().union(*map(self._after, last)) & set(self.path) - set(last)))
        self._check(links, tail)
        return Chain(tuple(links), tail)

    def _continues(self, last: Link, node: int) -> bool:
        """Whether a product weighs what follows the last layer."""
        after = self._after(last.total)
        return sum(i in after for i in self.graph.args[node][:2]) == 1

    def _meets(self, last: Link, node: int) -> bool:
        """Whether both factors follow the last layer: the loss has begun."""
        return set(self.graph.args[node][:2]) <= self._after(last.total)

    def _check(self, links: Sequence[Link], tail: Iterable[int]) -> None:
        """Raise ValueInputError where values go elsewhere than to the next layer, or where what
        follows the last one is no loss.
        """
        ahead = [*links[1:], None]
        for link, following in zip(links, ahead, strict=True):
            if following is not None and set(following.signals) != set(link.values):
                raise ValueInputError(
                    "neurons need one layer after the other, each of a weighted sum and an"
                    " activation of each unit's own",
                    where=f"between {self._said(link.total)} and {self._said(following.total)}",
                )
        last = links[-1].values
        if last != (self.graph.output,) and self._size(self.graph.output) != 1:
            raise ValueInputError(
                "neurons end in their last layer or in a loss, which is one number",
                got=f"{self._said(self.graph.output)} of "
                + "×".join(map(str, self._shape(self.graph.output))),
            )
        passed = set().union(*map(self._after, links[0].signals))
        for node in tail:
            for i in self.graph.args[node]:
                if i in passed and i not in tail and i not in last:
                    raise ValueInputError(
                        f"neurons need one layer after the other, and {self._said(i)} skips some",
                        where=f"{self._said(i)} goes to {self._said(node)}",
                    )
        self._check_uses(links)

    def _check_uses(self, links: Sequence[Link]) -> None:
        """Raise ValueInputError where a layer's value is weighed twice."""
        path = set(self.path)
        for link, signal in ((one, node) for one in links for node in one.signals):
            if self._only(signal) is None and not self._is_weighed(signal, link):
                uses = [e.target for e in self.graph.consumers[signal] if e.target in path]
                named = " and ".join(self._said(i) for i in uses[:3])
                raise ValueInputError(
                    f"neurons need one layer after the other, and {self._said(signal)} goes to"
                    f" {named}"
                )

"""Numbers that the student got, and why they are different: what is typed, and what is told."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import gradviz as gv
from gradviz.arrays.digits import plain_minus
from gradviz.errors import ParseError
from gradviz.graph.graph import labels
from gradviz.trace.findings import Finding
from gradviz_tui.walk.answers import plainly, read
from gradviz_tui.walk.folding import View
from gradviz_tui.walk.state import Walk

EXPECTED: Final = "L=1.6688, dW[0,0]=0.5, …: a name, =, and the number that you got"
EQUALS: Final = re.compile(
    r"(?<=[^\W\d_]|[\])₀-₉])(?:\s+(?:is|equals|as)\s+|\s+(?=[-+−\d.½¼¾√\[]))"
)
"""Between a name and its number where = is only said: `dx 3`, `dx is 3`."""
SAID: Final = re.compile(r"\s*(?:i\s+)?got\s+", re.IGNORECASE)
NAME: Final = re.compile(r"[,;\s]+(?=[^\W\d_]|∂|_\w)")
"""Between the number of a claim and the name of the next."""
BARE: Final = re.compile(r"[^\w=]*[\d._?].*")
"""A number without a name."""
FRACTION: Final = re.compile(r"\((\d+/\d+)\)")
DECIMALS: Final = 12
"""Of a number that is worked out from what was typed, such as √2."""
SETTINGS: Final[tuple[str, ...]] = ("h", "lr")
"""What slopes by differences and new weights depend on is said among the claims: `lr=0.1`."""


class Told(NamedTuple):
    """What is told of a number: sentences, whether it is right, and the step of the walk at which
    it went wrong or, where that is in no step, is made; None where no step does.
    """

    says: tuple[str, ...]
    right: bool
    step: int | None


def diagnosed(walk: Walk, text: str) -> tuple[Told, ...]:
    """Why the numbers of a line, `L=1.6688, dW[0,0]=0.5`, differ from those of a walk.

    Raises ParseError for what is no claim, and what `gv.diagnose` raises.
    """
    view = walk.view
    claims = claims_of(text, subject(walk))
    given = {name: read(claims.pop(name)) for name in SETTINGS if name in claims}
    if not claims:
        raise ParseError("no number is claimed", expected=EXPECTED)
    names, lr = _names(view), given.get("lr", walk.rate)
    said = (f"{_renamed(what, names)}={got}" for what, got in claims.items())
    found = gv.diagnose(view.whole, *said, h=given.get("h"), lr=lr)
    told = [*found.findings, *([found.together] if found.together is not None else [])]
    return tuple(Told(tuple(map(plain_minus, f.says)), f.is_right, _step(view, f)) for f in told)


def claims_of(text: str, bare: str = "") -> dict[str, str]:
    """The numbers of a line by what they are said to be; one without a name is `bare`'s.

    Raises ParseError.
    """
    text = SAID.sub("", text.strip(), count=1)
    text = text if "=" in text else EQUALS.sub("=", text)
    if bare and "=" not in text and BARE.fullmatch(text):
        text = f"{bare}={text}"
    what, *parts = text.split("=")
    found: dict[str, str] = {}
    for k, part in enumerate(parts, 1):
        pieces = NAME.split(part, maxsplit=1) if k < len(parts) else [part, ""]
        number, following = pieces if len(pieces) == 2 else (part, "")
        if what.strip() in found:
            raise ParseError(f"{what.strip()} is claimed twice", expected="one number for each")
        if not what.strip() or not number.strip(" ,;"):
            found.clear()
            break
        found[what.strip()] = _plainly(number.strip(" ,;"))
        what = following
    if not found:
        raise ParseError(
            "this does not say which number it is", expected=EXPECTED, got=text[:60] or "nothing"
        )
    return found


def _plainly(text: str) -> str:
    """A number as a claim has it: 1,5 as 1.5, and √2 worked out; arrays as they are."""
    if "[" in text or "(" in text:
        return text
    plain = FRACTION.sub(r"\1", plainly(text))
    if not re.search(r"[A-Za-z*(]", re.sub(r"\d[eE]", "", plain)):
        return plain
    if text.rstrip().endswith("%"):
        return text.replace(",", ".")
    return f"{read(text):.{DECIMALS}f}"


def subject(walk: Walk) -> str:
    """What a number without a name belongs to: what this step writes, or the node's gradient
    where the pass goes back.
    """
    trace = walk.trace
    name = labels(trace.graph).get(walk.subject, "")
    back = walk.k and trace.phase(walk.k) in ("seed", "backward")
    return f"d{name}" if back and trace.gradients[walk.subject] is not None else name


def offered(walk: Walk) -> list[str]:
    """What can be claimed: the subject first, then every value and every gradient."""
    trace = walk.trace
    named = labels(trace.graph)
    values = [named[n.id] for n in trace.graph.nodes if n.id in named and not n.is_leaf]
    slopes = [f"d{named[i]}" for i in named if trace.contributions(i)]
    return [f"{name} = " for name in dict.fromkeys((subject(walk), *values, *slopes))]


def _names(view: View) -> dict[str, str]:
    """What nodes are called in the whole run that are called otherwise as it is shown."""
    seen, whole = labels(view.trace.graph), labels(view.whole.graph)
    pairs = ((name, whole.get(view.node[node], name)) for node, name in seen.items())
    return {name: own for name, own in pairs if name != own}


def _renamed(what: str, names: dict[str, str]) -> str:
    """A claim's name in the whole run."""
    if not names:
        return what
    words = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.sub(rf"(?<![\w.])([d∂]?)({words})(?![\w.])", lambda m: m[1] + names[m[2]], what)


def _step(view: View, finding: Finding) -> int | None:
    """The step at which a slip was made; where it was made in none, that of the number itself."""
    step = finding.step if finding.step is not None else _written(view.whole, finding)
    return None if step is None else view.from_whole(step)


def _written(trace: gv.Trace, finding: Finding) -> int | None:
    """The step that writes the first number of a finding."""
    by_name = {name: node for node, name in labels(trace.graph).items()}
    name = finding.claims[0].name.partition("[")[0].strip()
    if name in by_name:
        return trace.known_since(by_name[name]) or None
    node = by_name.get(name.partition("/")[2][1:] or name[1:])
    if node is None or name[:1] not in "d∂" or trace.gradients[node] is None:
        return None
    writes = trace.contributions(node)
    return writes[-1].number if writes else trace.seed_step

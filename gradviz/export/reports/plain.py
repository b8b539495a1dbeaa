"""A walk for whoever hears it: one line a step, its sentence first, with words for symbols."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from gradviz.arrays.digits import DIGITS
from gradviz.export.reports.chain import ChainRule
from gradviz.export.reports.check import named_cells, verdict
from gradviz.export.reports.text import Line
from gradviz.graph.graph import CONSTANT, INPUT
from gradviz.progress import each
from gradviz.story import languages, walks
from gradviz.story.code import is_listed, lit
from gradviz.story.frame import Frame, Story
from gradviz.story.languages import translated
from gradviz.story.languages.counting import count
from gradviz.story.maths import words
from gradviz.story.maths.words import say
from gradviz.story.plot.frames import PlotStory
from gradviz.story.values import as_typed, briefly
from gradviz.story.walks import WalkFrame
from gradviz.trace import Trace
from gradviz.trace.findings import Diagnosis
from gradviz.trace.pair import PairTrace
from gradviz.trace.panels import PanelWalk
from gradviz.trace.walks import Walk, is_of_one_run

LONGEST: Final = 2000
"""A longer source is cut."""


def lines(
    walk: Walk,
    *,
    steps: Sequence[int] | None = None,
    digits: int = DIGITS,
    brief: bool = False,
    index: bool = False,
    code: bool = False,
) -> Iterator[Line]:
    """The lines of a walk of any kind, each a list of one text without a role.

    steps   the steps to write, counted from 1; all by default, and then the results too.
    digits  the least number of significant digits.
    brief   only the results, of every node.
    index   also say array rules index by index.
    code    also say which line of the code a step works on; done unasked where it has lines.
    """
    story = walks.of(walk, digits)
    if isinstance(story, PlotStory):
        yield from plotted(story)
        return
    yield from ([(text, "")] for text in beginning(story))
    if not brief:
        heading, line = "", ""
        has_lines = code or is_listed(walk.trace.graph)
        for k in each("steps told", range(1, len(walk) + 1) if steps is None else steps):
            frame = story.frame(k)
            if frame.heading != heading:
                heading = frame.heading
                yield [(f"{say(heading)}.", "")]
            if has_lines and (at := line_at(walk, k)) not in ("", line):
                line = at
                yield [(at, "")]
            yield [(step(frame, index=index), "")]
    if steps is None:
        yield from ([(text, "")] for text in results(story, every=brief))


def plotted(story: PlotStory) -> Iterator[Line]:
    """A plot in words: what it shows, what can be read from it, and its curves one by one."""
    frame = story.frame(1)
    heading = ", ".join(part for part in (frame.heading, frame.progress) if part)
    said = [heading, frame.sentence, frame.note]
    said += re.split(r"[.;] ", story.teller.alt)
    yield from ([(f"{say(text).rstrip('.')}.", "")] for text in said if text)


def checked(check: Any, digits: int) -> Iterator[Line]:
    """A check in words: a line for each gradient, what is to be said of it, and the chain rule."""
    story = Story(check.trace, digits)
    said = [f"{say(line)}." for line in check.trace.source.splitlines()]
    for row in check.rows:
        cells = named_cells(row, check.trace, digits)
        told = [f"{title} {say(_sides(cell))}" for title, cell in cells.items()]
        said.append(f"{say(row.name)}: {', '.join(told)}: {row.verdict}.")
        said += [f"{say(text).rstrip('.,')}." for text in (*row.kinks, *row.notes)]
    said.append(verdict(check))
    if any(row.paths is not None or row.sums for row in check.rows):
        said.append(translated("The chain rule written out."))
        rows = ["".join(text for text, _ in r) for r in ChainRule(story).lines(check.rows, LONGEST)]
        said += [f"{say(row.replace(')(', ') · (').strip())}." for row in rows if row]
    yield from ([(text, "")] for text in said)


def diagnosed(found: Diagnosis) -> Iterator[Line]:
    """What was found out about claimed numbers, in words: a line for each sentence."""
    told = [*found.findings, *([found.together] if found.together is not None else [])]
    yield from ([(say(sentence), "")] for finding in told for sentence in finding.says)


def _sides(cell: str) -> str:
    """Two slopes, `0 | 1`, by their sides."""
    left, bar, right = cell.partition(" | ")
    if not bar:
        return cell
    return languages.say("{left} from the left and {right} from the right", left=left, right=right)


def beginning(story: walks.WalkStory) -> Iterator[str]:
    """What is walked through: the source, the part of it, and the inputs."""
    walk = story.walk
    code = walk.trace.graph.code
    made = translated("a graph built in Python")
    if code is not None and code.name:
        made = languages.say("the function {name}", name=code.name)
    source = walk.source.strip() or made
    is_name = source.startswith("net:")
    yield from (
        f"{line if is_name else say(line.replace('-', '−'))}." for line in source.splitlines()
    )
    if story.title:
        yield f"{say(story.title)}."
    for name, run in runs_of(walk).items():
        given = [
            f"{say(label)} {say(as_typed(run.xp, value, run.dtype, _digits(story)))}"
            for label, value in run.inputs().items()
        ]
        if given:
            yield languages.say(
                "Inputs of {name}: {inputs}." if name else "Inputs: {inputs}.",
                name=say(name),
                inputs="; ".join(given),
            )
    yield f"{languages.say('{total:step}', total=count(len(walk)))}."


def runs_of(walk: Walk) -> dict[str, Trace]:
    """The runs that a walk leads through, by name; one alone has none."""
    if isinstance(walk, PairTrace) or (isinstance(walk, PanelWalk) and not walk.passes):
        return dict(zip(walk.names, walk.runs, strict=True))
    if isinstance(walk, PanelWalk):
        return {"": walk.trace}
    return {"": walk.trace} if is_of_one_run(walk) else {}


def line_at(walk: Walk, k: int) -> str:
    """The line of code that a step works on, in words; empty where none made it."""
    found = lit(walk, k) if k else None
    lines = () if found is None else found.code.lines
    told = (
        languages.say("Line {number}: {code}.", number=n, code=say(text.strip()))
        for n, text in lines
        if found and found.on(n)
    )
    return next(told, "")


def step(frame: WalkFrame, *, index: bool = False) -> str:
    """One step on one line: its number, its sentence, its formula, and how a branch adds up."""
    if not frame.number:
        return say(frame.sentence)
    place = {"number": frame.number, "total": frame.total}
    said = [languages.say("Step {number} of {total}:", **place)] if frame.total else []
    said += _told(frame)
    if index:
        said += _by_index(frame)
    if frame.branch is not None:
        said.append(_added(frame))
    if frame.note:
        said.append(say(frame.note))
    return " ".join(said)


def _by_index(frame: WalkFrame) -> Iterator[str]:
    """The rule of an array element by element, where there is one."""
    formula, step = frame.formula, frame.step if isinstance(frame, Frame) else None
    if isinstance(frame, Frame) and formula is not None and formula.index is not None and step:
        left = frame.story.rules.index_left(step)
        yield languages.say(
            "Index by index: {left} gets {right}.",
            left=words.write(left),
            right=words.write(formula.index),
        )


def _told(frame: WalkFrame) -> Iterator[str]:
    """The sentence, unless the formula is the same in full, and the formula."""
    formula, sentence = frame.formula, frame.sentence
    warned = f"{translated('Attention:')} " if frame.strange else ""
    if formula is None:
        yield warned + say(sentence)
        return
    whole = f"{formula.words}."
    if say(sentence).rstrip(".") in whole:
        yield warned + whole
        return
    yield warned + say(sentence)
    yield whole[0].upper() + whole[1:] if whole.startswith(translated("the ")) else whole


def _added(frame: WalkFrame) -> str:
    """How a gradient that is a sum has grown, or the whole sum when it is complete."""
    branch, added = frame.branch, frame.accumulation
    assert branch is not None
    if branch.is_complete and branch.written is not None:
        paths = languages.say("All {of} paths are in:", of=branch.of)
        return f"{paths} {words.write(branch.written)}."
    paths = languages.say("{arrived} of {of} paths are in:", arrived=branch.arrived, of=branch.of)
    return f"{paths.rstrip(':')}." if added is None else f"{paths} {words.write(added.written)}."


def known(frame: Frame, node: int) -> str:
    """What is known of a node after this step: `x: value 3, gradient 9 so far, 2 of 3 paths`."""
    story, state = frame.story, frame.node(node)
    name = say(story.labels[node])
    if state.state == "unknown":
        return languages.say("{name}: not computed yet.", name=name)
    told = {"name": name, "value": _said(story, state.value)}
    if state.gradient is None:
        return languages.say("{name}: value {value}, no gradient yet.", **told)
    return languages.say(
        "{name}: value {value}, gradient {gradient} so far, {progress} paths."
        if state.progress
        else "{name}: value {value}, gradient {gradient}.",
        gradient=_said(story, state.gradient),
        progress=state.progress,
        **told,
    )


def changes(old: Story, new: Story) -> Iterator[str]:
    """How the output and the gradients of the inputs differ from those of the same graph before."""
    output = new.trace.graph.output
    pairs = [(new.labels[output], old.trace.values[output], new.trace.values[output])]
    before, after = old.trace.result(), new.trace.result()
    pairs += [
        (languages.say("the gradient of {x}", x=name), before[name], after[name]) for name in after
    ]
    for name, was, now in pairs:
        texts = _said(old, was), _said(new, now)
        if texts[0] != texts[1]:
            yield languages.say(
                "{name} was {before}, is now {after}.",
                name=say(name),
                before=texts[0],
                after=texts[1],
            )


def results(story: walks.WalkStory, *, every: bool = False) -> Iterator[str]:
    """The values and gradients of the output and the inputs, or of every node; why there is no
    backward pass, where there is none.
    """
    trace = story.walk.trace
    if trace.note:
        yield say(trace.note)
    if not is_of_one_run(story.walk):
        return
    if not isinstance(story, Story):
        story = Story(trace, DIGITS)
    yield translated("Results.")
    for node in trace.graph.nodes:
        told = node.id == trace.graph.output or node.op == INPUT
        if not (told or every) or (node.op == CONSTANT and not node.name):
            continue
        value = _said(story, trace.values[node.id])
        gradient = None if node.id in trace.graph.index_leaves else trace.gradients[node.id]
        yield languages.say(
            "{name}: value {value}."
            if gradient is None
            else "{name}: value {value}, gradient {gradient}.",
            name=say(story.labels[node.id]),
            value=value,
            gradient="" if gradient is None else _said(story, gradient),
        )


def _said(story: Story, value: Any) -> str:
    return say(briefly(story.trace.xp, value, "report", story.rules.digits))


def _digits(story: walks.WalkStory) -> int:
    return story.rules.digits if isinstance(story, Story) else DIGITS

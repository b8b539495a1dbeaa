"""The options of a drawing: how it looks, which frames are wanted, and which scopes are folded.

To add an option, add a field: the command line, `gv.render`, help and the formats that respect
its group follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from typing import Any, Final, Literal, get_args

from gradviz.arrays.digits import DIGITS, Numbers
from gradviz.errors import UsageError, ValueInputError, did_you_mean
from gradviz.files import as_path
from gradviz.fonts.others import files_of
from gradviz.options import check, every, option
from gradviz.scene.framing import USUAL as USUAL_PARTS
from gradviz.scene.framing import Framing, Part, Slide
from gradviz.story import languages
from gradviz.story.moments import MOMENTS, Moment

Group = Literal[
    "colours", "fonts", "size", "dots", "letters", "numbers", "names", "classes", "page", "graph",
    "marks", "said", "slides", "time", "fragments", "sheets", "words", "pictures",
    "language",
]  # fmt: skip
"""What an option changes: a format respects the options of what it draws. `fonts` is what its
texts are drawn with, `letters` how a file holds them, `page` what stands around a figure,
`names` what nodes are called, `classes` what a classifier tells apart, `graph` how nodes and
wires are drawn, `marks` what a figure hides or lights, `said` what is said of a step, `slides`
what only slides have that can be edited; figures of cells have neither names, nor graph, nor
marks. `time` is how long the pictures of an animation are shown, `fragments` how several
pictures stand in one, `sheets` how they stand on paper. `words` is how a text says mathematics,
`pictures` which pictures a page of text has; `language` is what all formats say.
"""

Edges = Literal["plain", "magnitude"]
Every = Literal["step", "node"]
Letters = Literal["font", "outline"]
Pictures = Literal["each", "last", "none"]
Direction = Literal["both", "forward", "backward"]
Pages = Literal["slide", "figure", "handout-4", "handout-6", "poster"]
AUTO: Final = "auto"
"""The theme of pictures that are light or dark as their viewer prefers."""
PARTS: Final = get_args(Part)
LONGEST_CAPTION: Final = 400
SECONDS: Final = (0.05, 60.0)
"""The least and the most that an animation shows a step; players differ on what is shorter."""
PAIRS: Final = {
    "rename": ("a new name is given as NODE=NAME", "w0=w_0"),
    "note": ("a note is given as NODE=TEXT", "a=the gate"),
    "say": ("words to a step are given as STEP=TEXT", "7=Two paths meet"),
}
"""The options that give nodes or steps a text: what is said of one in another form, and an example.
"""
Constants = Literal["gates", "apart"]


def _themes() -> str:
    from gradviz.scene.themes import THEMES

    return (
        f"A theme: {', '.join(THEMES)}, or the path of a theme file; {AUTO}: light or dark as the"
        " viewer prefers, for .svg."
    )


def _languages() -> str:
    return f"The language of all words: {', '.join(languages.languages())}."


def _engines() -> str:
    from gradviz.layout.engines import NAMES

    return f"The layout engine: {', '.join(NAMES)}, or a path."


@dataclass(frozen=True)
class Look:
    """How a drawing looks. Raises ValueInputError for values that are not allowed."""

    theme: str = option("light", _themes, metavar="NAME", of="colours")
    transparent: bool = option(
        False, "Draw no ground, so that the slide's own shows.", of="colours"
    )
    width: float | None = option(
        None, "Width of the picture; in columns for .txt.", metavar="PIXELS", of="size", above=0
    )
    scale: float = option(
        2.0,
        "Pixels per unit, for .png, .apng, .gif, .mp4 and .webm.",
        metavar="FACTOR",
        of="dots",
        above=0,
    )
    text: Letters = option(
        "font",
        "Text in an embedded font, or as outlines for programs that ignore those, for .svg.",
        of="letters",
        refuses="unknown way of drawing text",
    )
    seconds: float = option(
        3.0,
        "How long an animation shows each step, the last twice as long.",
        metavar="SECONDS",
        of="time",
    )
    fragments: bool = option(
        False,
        "Several steps as fragments of a reveal.js slide, not as an animation, for .svg.",
        of="fragments",
    )
    pages: Pages = option(
        "slide",
        "One step to a page, as a slide or as large as its figure; handouts with 4 or 6 steps to an"
        " A4 page; or all on one poster, for .pdf.",
        of="sheets",
        refuses="there are no such pages",
    )
    plain: bool = option(
        False, "One line per step and words for symbols, for screen readers, for .txt.", of="words"
    )
    pictures: Pictures = option(
        "each",
        "A picture of each step, of the last one only, or none, for .md.",
        of="pictures",
        refuses="unknown choice of pictures",
    )
    fonts: Iterable[str | PathLike[str]] = option(
        (),
        "A font file for letters that the shipped fonts lack; FILE#2 for the second of a .ttc.",
        spelt="--font",
        metavar="FILE",
        of="fonts",
    )
    digits: int = option(DIGITS, "Significant digits.", of="numbers", least=1, most=17)
    numbers: Numbers = option(
        "digits",
        "In digits, or as fractions where numbers are short ones; exact numbers are shown in full.",
        of="numbers",
        refuses="numbers are written in digits or as fractions",
    )
    language: str | None = option(None, _languages, metavar="CODE", of="language")
    engine: str = option("auto", _engines, metavar="NAME", of="graph")
    images: Iterable[str] = option(
        (), "Draw this input as an image.", spelt="--image", metavar="NAME", of="graph"
    )
    edges: Edges = option(
        "plain",
        "Draw wires alike, or as thick as the gradient they carry.",
        of="graph",
        refuses="unknown way of drawing wires",
    )
    constants: Constants = option(
        "gates",
        "Draw unnamed numbers in the gates of their ops, or on cards of their own.",
        of="graph",
        refuses="unknown place for constants",
    )

    slide: Slide = option(
        "16:9",
        "The shape of the slide; none for a picture as large as its graph.",
        of="page",
        refuses="there is no such slide",
    )
    only: str | None = option(
        None, "graph: nothing but the graph, cropped; no slide.", metavar="PART", of="page"
    )
    without: Iterable[str] = option(
        (), "Leave out header, sentence, formula.", metavar="PARTS", of="page"
    )
    legend: bool = option(False, "Say what the colours mean.", of="page")
    code: bool = option(
        False, "Show the code beside the graph, the line of this step lit.", of="page"
    )
    caption: str | None = option(
        None, "Words of your own in place of the sentence.", metavar="TEXT", of="page"
    )
    say: Iterable[str] | Mapping[int | str, str] = option(
        (),
        "Words of your own at one step: 7='Two paths meet'; its question, with answers.",
        metavar="STEP=TEXT",
        of="said",
    )

    hide: Iterable[str] = option(
        (),
        "Leave boxes to fill in: values, gradients, a node, or NODE:gradient.",
        metavar="NUMBERS",
        of="marks",
    )
    answers: bool = option(
        False,
        "Ask for what is hidden when it is first known, and answer in the next picture.",
        of="marks",
    )
    spotlight: Iterable[str] = option(
        (),
        "Light these nodes, or all between two of them (x..f); everything else steps back.",
        metavar="NODES",
        of="marks",
    )

    rename: Iterable[str] | Mapping[str, str] = option(
        (), "Call a node otherwise: w0=w_0.", metavar="NODE=NAME", of="names"
    )
    classes: Iterable[str] = option(
        (),
        "Names of the classes that the rows of a matrix, or the output neurons, stand for.",
        metavar="NAMES",
        of="classes",
    )
    paths: str | None = option(
        None,
        "Light the paths between two nodes and multiply along them: x..f, or x..a..f.",
        spelt="--path",
        metavar="NODE..NODE",
        of="marks",
    )
    note: Iterable[str] | Mapping[str, str] = option(
        (), "Write words of your own below a node: a='the gate'.", metavar="NODE=TEXT", of="graph"
    )

    template: str | PathLike[str] | None = option(
        None,
        "A presentation whose masters and fonts the slides take, for .pptx.",
        metavar="FILE",
        of="slides",
    )
    morph: bool = option(
        False, "Let PowerPoint move from step to step (Morph), for .pptx.", of="slides"
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", tuple(self.images))
        object.__setattr__(self, "fonts", files_of(self.fonts))
        if self.template is not None:
            object.__setattr__(self, "template", str(as_path(self.template)))
        for name in ("without", "hide", "spotlight", "classes"):
            object.__setattr__(self, name, listed(name, getattr(self, name)))
        check(self)
        if self.language is not None:
            languages.check(self.language)
        _check_seconds(self.seconds)
        for name in PAIRS:
            found = pairs(name, getattr(self, name))
            object.__setattr__(self, name, tuple(f"{node}={text}" for node, text in found))
        _check_parts(self)
        _check_pages(self)
        _check_staging(self)

    @property
    def names(self) -> dict[str, str]:
        """The new names of nodes."""
        return dict(pairs("rename", self.rename))

    @property
    def sayings(self) -> dict[int | Moment, str]:
        """The user's own words, by the step or the moment at which they are said."""
        said = ((_when(when), text) for when, text in pairs("say", self.say))
        return {k: text for k, text in said if k is not None}

    @property
    def in_new_names(self) -> Look:
        """The same look, in which nodes go by the names that they have in the picture."""
        names = self.names

        def new(text: str, sign: str) -> str:
            parts = (part.strip() for part in text.split(sign))
            return sign.join(names.get(part, part) for part in parts)

        note = {names.get(node, node): text for node, text in pairs("note", self.note)}
        hide = tuple(new(word, ":") for word in self.hide)
        spotlight = tuple(new(word, "..") for word in self.spotlight)
        paths = new(self.paths, "..") if isinstance(self.paths, str) else self.paths
        return replace(self, hide=hide, paths=paths, spotlight=spotlight, note=note, rename=())

    @property
    def framing(self) -> Framing:
        """What stands around a figure. Raises ValueInputError for an impossible width."""
        if self.only:
            return Framing("none", frozenset(), self.width, code=self.code)
        parts: set[Part] = {*USUAL_PARTS}
        if self.legend:
            parts.add("legend")
        kept = frozenset(part for part in parts if part not in self.without)
        if self.on_sheets:
            kept -= {"header", "sentence", "formula"}
        slide = "none" if self.pages != "slide" else self.slide
        return Framing(slide, kept, self.width, self.caption or "", self.code)

    @property
    def on_sheets(self) -> bool:
        """Whether several pictures stand on a sheet, with what is said of them beside them."""
        return self.pages not in ("slide", "figure")

    @classmethod
    def of(cls, *groups: str) -> list[str]:
        """The names of the options of these groups."""
        return [option.name for option in every(cls) if option.of in groups]


def listed(name: str, given: str | Iterable[str]) -> tuple[str, ...]:
    """The words of an option that takes several; in a text they are parted by commas.

    Raises ValueInputError for what is neither a text nor a list of texts.
    """
    try:
        texts = [given] if isinstance(given, str) else list(given)
        words = (word.strip() for text in texts for word in text.split(","))
        return tuple(word for word in words if word)
    except (TypeError, AttributeError):
        raise ValueInputError(
            f"{name} takes words", expected="a text, or a list of texts", got=f"{given!r:.60}"
        ) from None


def pairs(name: str, given: str | Iterable[str] | Mapping[Any, str]) -> list[tuple[str, str]]:
    """Pairs of a node or a step and a text, from `w0=w_0` or a mapping. Raises ValueInputError."""
    try:
        if isinstance(given, Mapping):
            steps = (int, str) if name == "say" else str
            whole = all(isinstance(k, steps) and not isinstance(k, bool) for k in given)
            parts = [(str(k), "=", text) for k, text in given.items()] if whole else [("",) * 3]
        else:
            parts = [text.partition("=") for text in ([given] if isinstance(given, str) else given)]
        found = [(node.strip(), text.strip()) for node, sign, text in parts if sign]
    except (TypeError, AttributeError):
        found, parts = [], [("", "", "")]
    if len(found) < len(parts) or not all(node for node, _ in found):
        what, example = PAIRS[name]
        raise ValueInputError(what, expected=example, got=f"{name} {_told(given):.60}")
    return found


def _when(text: str) -> int | Moment | None:
    """The step or the moment of words; None for what is neither."""
    if text in MOMENTS:
        return text
    return int(text) if re.fullmatch(r"\d{1,18}", text, re.ASCII) else None


def _check_staging(look: Look) -> None:
    """Raise ValueInputError for answers to nothing, and words to what is no step or too long."""
    if look.answers and not look.hide:
        raise ValueInputError(
            "answers follow questions, and nothing is hidden",
            expected="hide, such as hide gradients",
        )
    for when, text in pairs("say", look.say):
        if _when(when) is None:
            raise ValueInputError(
                f"{when!r:.60} is not a step to say anything at",
                expected="a number, values or final, as in say 7='Two paths meet'",
                hint=did_you_mean(when, MOMENTS),
            )
        if not 0 < len(text) <= LONGEST_CAPTION:
            raise ValueInputError(
                f"the words to step {when} are {'too long for a slide' if text else 'empty'}",
                expected=f"1 to {LONGEST_CAPTION} characters",
                got=f"{len(text):,} characters",
            )
    twice = [when for when, _ in pairs("say", look.say)]
    for when in twice:
        if twice.count(when) > 1:
            raise ValueInputError(
                f"two texts are given for step {when}", expected="one for each step"
            )


def _told(given: object) -> str:
    """What was given for an option that may have several words."""
    words = given if isinstance(given, list | tuple) else [given]
    return ", ".join(word if isinstance(word, str) else repr(word) for word in words)


def _check_seconds(seconds: float) -> None:
    """Raise ValueInputError for a time that no animation has."""
    least, most = SECONDS
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    if not is_number or not least <= seconds <= most:
        raise ValueInputError(
            "an animation cannot show its steps for this time",
            expected=f"from {least:g} to {most:g} seconds",
            got=f"{seconds!r:.60}",
        )


def _check_pages(look: Look) -> None:
    """Raise ValueInputError for sizes that the pages have already."""
    given = {"slide": look.slide != "16:9" and look.pages != "slide"}
    given["width"] = look.width is not None and look.on_sheets
    for name in (name for name, is_given in given.items() if is_given):
        raise ValueInputError(
            f"pages {look.pages} say how large their figures are, so {name} has no meaning",
            expected="one of the two",
            got=f"{name}={getattr(look, name)}",
        )


def _check_parts(look: Look) -> None:
    """Raise ValueInputError for parts that do not exist or exclude each other, and a caption that
    is too long.
    """
    if look.only not in (None, "graph"):
        raise ValueInputError(
            "only the graph can stand alone", expected="only graph", got=f"{look.only!r:.60}"
        )
    for part in look.without:
        if part not in PARTS:
            raise ValueInputError(
                f"a picture has no part {part!r:.60}",
                expected=", ".join(PARTS),
                got=f"without {part:.60}",
                hint=did_you_mean(part, PARTS),
            )
    if look.caption is not None and not isinstance(look.caption, str):
        raise ValueInputError("a caption is a text", got=f"{look.caption!r:.60}")
    if look.caption and len(look.caption) > LONGEST_CAPTION:
        raise ValueInputError(
            "the caption is too long for a slide",
            expected=f"at most {LONGEST_CAPTION} characters",
            got=f"{len(look.caption):,} characters",
        )
    left_out = "only graph" if look.only else "without sentence"
    if look.caption and (look.only or "sentence" in look.without):
        raise ValueInputError(
            f"the caption stands in place of the sentence, and {left_out} leaves that out",
            expected="one of the two",
        )
    if look.legend and (look.only or "legend" in look.without):
        left_out = "only graph" if look.only else "without legend"
        raise ValueInputError(
            f"a legend is asked for, and {left_out} leaves it out", expected="one of the two"
        )


USUAL: Final = Look()


@dataclass(frozen=True)
class Frames:
    """Which frames are wanted. Without a choice, a file of one frame shows the last step, and
    several frames show all of them. Raises ValueInputError for choices that exclude each other, and
    UsageError for a text that is no step.
    """

    step: int | str | None = option(
        None,
        "Only step K; 0: just the inputs, values: all values, final: all gradients too.",
        metavar="K",
    )
    steps: str | Iterable[int] | None = option(
        None, "Only these steps: all, 3-9, 3- or 1,4-6.", metavar="A-B"
    )
    every: Every = option(
        "step",
        "One frame per step, or one per node.",
        refuses="a frame is drawn for every step or for every node",
    )
    direction: Direction = option(
        "both",
        "Only the steps of the forward pass, or of the backward pass.",
        refuses="steps go forward or backward",
    )
    branch: str | None = option(
        None,
        "Only the steps along the paths between two nodes, in the spotlight: x..f.",
        metavar="NODE..NODE",
    )

    def __post_init__(self) -> None:
        check(self)
        if self.step is not None and (self.steps is not None or self.every != "step"):
            raise ValueInputError(
                "step asks for one frame, steps and every ask for several", expected="one of them"
            )
        if self.step is not None and self.narrowed:
            raise ValueInputError(
                f"step asks for one frame, {self.narrowed} for those of a part of the run",
                expected="one of them",
            )
        if isinstance(self.step, str) and self.step not in MOMENTS:
            if re.fullmatch(r"-?\d{1,18}", self.step, re.ASCII) is None:
                raise UsageError(
                    f"{self.step!r:.60} is not a step",
                    expected="a number, values or final",
                    hint=did_you_mean(self.step, MOMENTS),
                )
            object.__setattr__(self, "step", int(self.step))

    @property
    def chosen(self) -> bool:
        """Whether any frames were asked for."""
        return self.step is not None or self.steps is not None or self.every != "step"

    @property
    def narrowed(self) -> str:
        """The option that leaves frames out, of these two; else empty."""
        one_way = "direction" if self.direction != "both" else ""
        return "branch" if self.branch is not None else one_way


@dataclass(frozen=True)
class Folding:
    """Which scopes are folded, as `gradviz.graph.fold.plan.plan` takes it; by default none."""

    depth: int | None = option(
        None, "Fold scopes: 1 shows each top-level scope as one card, 2 opens these.", metavar="N"
    )
    expand: Iterable[str] = option((), "Keep a scope open, such as block1/conv2.", metavar="PATH")
    repeats: bool = option(
        False, "Join scopes built alike in a chain into one card: block ×3.", spelt="--fold-repeats"
    )

    def __post_init__(self) -> None:
        expand = (self.expand,) if isinstance(self.expand, str) else tuple(self.expand)
        object.__setattr__(self, "expand", expand)

    def __bool__(self) -> bool:
        return self != NOTHING


NOTHING = Folding()


@dataclass(frozen=True)
class Windowing:
    """Which part of the graph is drawn (`gradviz.graph.window`); by default all of it, or where
    that is too much the part around what a step does. Raises ValueInputError for hops below 1.
    """

    around: str | int | None = option(None, "Draw only what is near this node.", metavar="NODE")
    hops: int | None = option(
        None,
        "How near: so many wires before and after it; by default as many as can be read.",
        metavar="N",
        least=1,
        most=10_000,
    )

    def __post_init__(self) -> None:
        check(self)

    def __bool__(self) -> bool:
        return self.around is not None or self.hops is not None

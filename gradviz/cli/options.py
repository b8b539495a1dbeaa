"""Command-line options derived from the fields of a dataclass or from a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar, get_args

import click

from gradviz.options import Option, every
from gradviz.story import languages

F = TypeVar("F", bound=Callable[..., Any])


class AskingOption(click.Option):
    """An option whose help asks a registry what there is, when it is shown and not before."""

    def __init__(self, words: Sequence[str], says: Callable[[], str], **attributes: Any) -> None:
        super().__init__(words, **attributes)
        self.says = says

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Its two columns of help."""
        self.help = self.says()
        return super().get_help_record(ctx)


class FieldOption(AskingOption):
    """An option that a field of a dataclass declares."""

    def __init__(self, words: Sequence[str], field: Option, **attributes: Any) -> None:
        super().__init__(words, says=lambda: field.help, **attributes)
        self.field = field


def language_option(function: F) -> F:
    """`--language CODE`: what the command says, from its first word on."""

    def chosen(_: click.Context, __: click.Parameter, code: str | None) -> None:
        if code is not None:
            languages.speak(code)

    told: dict[str, Any] = {
        "cls": AskingOption,
        "says": lambda: f"The language of all words: {', '.join(languages.languages())}.",
    }
    return click.option(
        "--language", metavar="CODE", is_eager=True, expose_value=False, callback=chosen, **told
    )(function)


def either(words: Iterable[str]) -> str:
    """Words of which one is meant: "a, b or c"."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def field_options(kind: type, *only: str) -> Callable[[F], F]:
    """The options that a dataclass declares, or only some of them, by name."""

    def decorate(function: F) -> F:
        for option in reversed(every(kind)):
            if not only or option.name in only:
                told: dict[str, Any] = {"cls": FieldOption, "field": option}
                words = (option.flag, option.name)
                function = click.option(*words, **told, **_attributes(option))(function)
        return function

    return decorate


def _attributes(option: Option) -> dict[str, Any]:
    """What click has to know of an option."""
    default = option.default
    if default is False:
        return {"is_flag": True}
    if default == ():
        return {"multiple": True, "metavar": option.metavar}
    kinds: Any = get_args(option.type) or (option.type,)
    kind: Any = next((simple for simple in (str, int, float) if simple in kinds), str)
    if option.choices:
        kind = click.Choice(option.choices)
    elif option.least is not None or option.most is not None:
        kind = click.IntRange(option.least, option.most)
    shown = {} if default is None else {"default": default, "show_default": True}
    return {"type": kind, "metavar": option.metavar} | shown

"""Options declared once: fields of frozen dataclasses, each with its default, limits and help.

Python arguments, command-line options and their help are derived from these fields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import field, fields
from math import isfinite
from operator import index
from typing import Any, Literal, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from gradviz.errors import ValueInputError

Kind = TypeVar("Kind")


class Option(NamedTuple):
    """An option, as its field declares it.

    name, type, default  those of the field; a Literal lists the allowed values.
    says         its help: a line, or a function that makes it where a registry must be asked.
    metavar      the placeholder for its value in help.
    spelt        how the command line spells it; `--` and its name by default.
    of           the group that it belongs to, where not everything respects every option.
    refuses      the message for a value that is not among those allowed.
    least, most  the limits of a whole number.
    above        what a number must be greater than.
    """

    name: str
    type: Any
    default: Any
    says: str | Callable[[], str]
    metavar: str | None = None
    spelt: str = ""
    of: str = ""
    refuses: str = ""
    least: int | None = None
    most: int | None = None
    above: float | None = None

    @property
    def flag(self) -> str:
        """How the command line spells it."""
        return self.spelt or f"--{self.name}"

    @property
    def help(self) -> str:
        """What it does, in one line."""
        return self.says if isinstance(self.says, str) else self.says()

    @property
    def choices(self) -> tuple[str, ...]:
        """The allowed values; empty if the type does not list them."""
        return get_args(self.type) if get_origin(self.type) is Literal else ()

    def check(self, value: Any) -> None:
        """Raise ValueInputError for a value that is not allowed."""
        if self.choices and value not in self.choices:
            raise ValueInputError(
                self.refuses or f"there is no such {self.name}",
                expected=" or ".join(self.choices),
                got=f"{value!r:.40}",
            )
        if value is None:
            return
        least, most, above = self.least, self.most, self.above
        if least is not None and most is not None and not _is_whole(value, least, most):
            raise ValueInputError(
                f"not a valid number of {self.name}",
                expected=f"a whole number from {least} to {most}",
                got=f"{value!r:.60}",
            )
        if above is not None and not (
            isinstance(value, int | float) and isfinite(value) and value > above
        ):
            raise ValueInputError(
                f"not a valid {self.name}",
                expected=f"a number above {above:g}",
                got=f"{value!r:.60}",
            )


def option(default: Any, says: str | Callable[[], str], **about: Any) -> Any:
    """A dataclass field that is an option; `about` are further fields of `Option`."""
    return field(default=default, metadata={"option": {"says": says, **about}})


def _is_whole(value: Any, least: int, most: int) -> bool:
    try:
        return not isinstance(value, bool) and least <= index(value) <= most
    except TypeError:
        return False


def every(kind: Any) -> tuple[Option, ...]:
    """The options that a dataclass declares, in order."""
    types = get_type_hints(kind)
    return tuple(
        Option(f.name, types[f.name], f.default, **f.metadata["option"])
        for f in fields(kind)
        if "option" in f.metadata
    )


def names(*kinds: type) -> list[str]:
    """The names of the options of some dataclasses."""
    return [option.name for kind in kinds for option in every(kind)]


def check(given: Any) -> None:
    """Raise ValueInputError for the first option of a dataclass whose value is not allowed."""
    for option in every(type(given)):
        option.check(getattr(given, option.name))


def changed(given: Any) -> dict[str, Any]:
    """The options of a dataclass that differ from their defaults, with their values."""
    values = {option: getattr(given, option.name) for option in every(type(given))}
    return {option.name: value for option, value in values.items() if value != option.default}


def taken(kind: type[Kind], given: dict[str, Any]) -> Kind:
    """Make the dataclass from those of the arguments that are its options, and remove them."""
    return kind(**{name: given.pop(name) for name in names(kind) if name in given})


def words(given: Any) -> list[str]:
    """The command-line words that set the options of a dataclass."""
    found = []
    for option in every(type(given)):
        value = getattr(given, option.name)
        if value is True:
            found.append(option.flag)
        elif option.default == ():
            found += [word for one in value for word in (option.flag, str(one))]
        elif value != option.default:
            found += [option.flag, str(value)]
    return found


def told(options: Iterable[Option]) -> str:
    """A list of options for a docstring, one per line."""
    lines = {o.name: o.help + (f" Default: {o.default!r}." if o.default else "") for o in options}
    width = max(map(len, lines))
    return "\n".join(f"    {name:<{width}}  {line}" for name, line in lines.items())

"""Options that are declared once: each is a field of a frozen dataclass, with its default, its
limits and its words. Arguments of Python, options of the command line and help are made of them.
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

    name, type, default  those of the field; a Literal names the only values that there are.
    says         its help: a line, or what makes it where a registry has to be asked.
    metavar      what stands for its value in help.
    spelt        how the command line spells it; `--` and its name by default.
    of           the group that it belongs to, where not everything respects every option.
    refuses      what is wrong with a value that is not among those allowed.
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
        """What it does, in a line."""
        return self.says if isinstance(self.says, str) else self.says()

    @property
    def choices(self) -> tuple[str, ...]:
        """The only values that there are; empty where there are others."""
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
                f"this is no number of {self.name}",
                expected=f"a whole number from {least} to {most}",
                got=f"{value!r:.60}",
            )
        if above is not None and not (
            isinstance(value, int | float) and isfinite(value) and value > above
        ):
            raise ValueInputError(
                f"this is no {self.name}",
                expected=f"a number above {above:g}",
                got=f"{value!r:.60}",
            )


def option(default: Any, says: str | Callable[[], str], **about: Any) -> Any:
    """A field of a dataclass that is an option; what else it says of itself is in `Option`."""
    return field(default=default, metadata={"option": {"says": says, **about}})


def _is_whole(value: Any, least: int, most: int) -> bool:
    try:
        return not isinstance(value, bool) and least <= index(value) <= most
    except TypeError:
        return False


def every(kind: Any) -> tuple[Option, ...]:
    """The options that a dataclass declares, in its order."""
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
    """The options of a dataclass that are not as they are by default, with their values."""
    values = {option: getattr(given, option.name) for option in every(type(given))}
    return {option.name: value for option, value in values.items() if value != option.default}


def taken(kind: type[Kind], given: dict[str, Any]) -> Kind:
    """A dataclass with those of the arguments that are its options, which are taken out of them."""
    return kind(**{name: given.pop(name) for name in names(kind) if name in given})


def words(given: Any) -> list[str]:
    """The words of a command line that ask for the options of a dataclass."""
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
    """A list of options for a docstring, a line each."""
    lines = {o.name: o.help + (f" Default: {o.default!r}." if o.default else "") for o in options}
    width = max(map(len, lines))
    return "\n".join(f"    {name:<{width}}  {line}" for name, line in lines.items())

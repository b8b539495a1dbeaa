"""Markup: elements of XML and HTML, and the templates and style sheets in this folder."""

from __future__ import annotations

from html import escape
from importlib.resources import files


def tag(name: str, /, *children: str, **attributes: object) -> str:
    """An element that contains markup: `tag("p", "x", class_="a")` is `<p class="a">x</p>`.

    Attributes are escaped, and left out if they are None; an underscore in a name becomes a hyphen,
    and a trailing underscore is dropped. Without children the tag closes itself; an empty child
    keeps both tags.
    """
    if not children:
        return f"{_opened(name, attributes)}/>"
    return f"{_opened(name, attributes)}>{''.join(children)}</{name}>"


def void(name: str, /, **attributes: object) -> str:
    """An element of HTML that is never closed: `<input type="text">`."""
    return f"{_opened(name, attributes)}>"


def _opened(name: str, attributes: dict[str, object]) -> str:
    said = (
        f' {key.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{''.join(said)}"


def words(text: str) -> str:
    """Text inside an element."""
    return escape(text, quote=False)


def beside(name: str) -> str:
    """The text of a file in this folder."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")

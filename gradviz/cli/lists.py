"""Lists of what there is to choose from, as data and as lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gradviz.export.reports.text import HEADING, MUTED, Line, wrapped
from gradviz.story.maths.ascii import to_ascii


def views() -> list[dict[str, Any]]:
    """The views of a run, and those of a whole training run."""
    from gradviz.engine.inside import views as of_passes
    from gradviz.learn import views as of_runs
    from gradviz.scene.views import has_characters

    found: list[dict[str, Any]] = []
    for name in [*of_passes.names(), *of_runs.names()]:
        of_run = name in of_runs.names()
        view = of_runs.view(name) if of_run else of_passes.view(name)
        drawn = name in of_passes.FIRST or has_characters(name)
        where = "also in the terminal program" if drawn else "pictures and text"
        options = {} if of_run else dict.fromkeys(of_passes.view(name).options, "…")
        origin = "a saved training run" if of_run else ""
        found.append(
            {"name": name, "summary": f"{view.says}; {where}", "origin": origin, "options": options}
        )
    return found


def listed(rows: Callable[[], list[dict[str, Any]]]) -> Callable[[int, bool], Iterator[Line]]:
    """The text of a list of things with a summary, options and formulas."""

    def text(width: int, ascii: bool) -> Iterator[Line]:
        for row in rows():
            yield [(row["name"], HEADING)]
            said = [(row["summary"], "")]
            said += [(line, "") for line in row.get("formula", {}).get("text", ())]
            options = ", ".join(f"{k}={v}" for k, v in row["options"].items())
            said += [(f"options: {options}", MUTED)] if options else []
            said += [(f"from {row['origin']}", MUTED)] if row["origin"] else []
            for words, role in said:
                shown = to_ascii(words) if ascii else words
                yield from ([("  ", ""), *line] for line in wrapped(shown, width - 2, role))
            yield []

    return text

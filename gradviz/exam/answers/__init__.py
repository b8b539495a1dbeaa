"""The forms of answers, one file per form in this folder."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from gradviz import plugins
from gradviz.exam.answers.form import Answer, Judgement, Mistake, UnreadableError, Verdict


@cache
def every() -> Mapping[str, type[Answer]]:
    """All forms by name."""
    found = plugins.declared(__name__, "FORM")
    return {form.name: form for form in sorted(found, key=lambda f: f.name)}


__all__ = ["Answer", "Judgement", "Mistake", "UnreadableError", "Verdict", "every"]

"""The table of keys: each key does one thing, and nothing is said twice."""

from __future__ import annotations

from gradviz.story.keys import ACTIONS, EVERY, GROUPS


def test_each_key_and_each_action_is_there_once() -> None:
    keys = [name for key in EVERY for name in key.keys.split()]
    assert len(set(keys)) == len(keys) and len(set(ACTIONS)) == len(ACTIONS)
    assert sum(map(len, GROUPS.values())) == len(EVERY)


def test_a_character_is_written_as_itself_and_a_key_by_its_name() -> None:
    """So a page can compare it with the event's key, and no toolkit's names are needed."""
    for key in EVERY:
        for name in key.keys.split():
            *held, last = name.split("+") if len(name) > 1 else [name]
            assert set(held) <= {"shift", "ctrl"}
            assert len(last) == 1 or (last.isalnum() and last.islower()), name


def test_what_has_no_words_belongs_to_an_entry_that_has() -> None:
    """The keys of the four directions: the first entry tells of all."""
    for key in EVERY:
        assert bool(key.words) == bool(key.shown)
        if not key.words:
            family = key.action.rpartition("_")[0]
            assert any(k.words and k.action.startswith(family) for k in EVERY)


def test_hints_are_a_key_and_words() -> None:
    for key in EVERY:
        for hint in (key.graph, key.cells or ()):
            assert len(hint) in (0, 2)
            if hint:
                signs = {"→", "←", "↓", "↑"} | set(key.shown.split())
                assert set(hint[0].split()) <= signs, key.action

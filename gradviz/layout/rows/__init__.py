"""Rows below one another, as a long line of text is wrapped."""

from gradviz.layout.rows.columns import MOST_CROSSING, late_columns
from gradviz.layout.rows.place import place_in_rows
from gradviz.layout.rows.room import Room, wanted
from gradviz.layout.rows.trials import PLACED

__all__ = ["MOST_CROSSING", "PLACED", "Room", "late_columns", "place_in_rows", "wanted"]

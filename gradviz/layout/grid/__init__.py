"""Graphs on the character grid: boxes in columns, orthogonal wires between them, drawn as text."""

from gradviz.fonts.cells import cells, cut, fit, ljust, rjust, widest, wrap
from gradviz.layout.grid.canvas import Canvas
from gradviz.layout.grid.layout import place
from gradviz.layout.grid.model import CLOSE, Apart, Box, GridLayout, Placed, Point, Wire
from gradviz.layout.grid.paint import HOT, LABEL, NOTE, WIRE, Changes, Face, Flow, Paint, Run
from gradviz.layout.grid.sketch import Sketch, Stroke

__all__ = [
    "CLOSE",
    "HOT",
    "LABEL",
    "NOTE",
    "WIRE",
    "Apart",
    "Box",
    "Canvas",
    "Changes",
    "Face",
    "Flow",
    "GridLayout",
    "Paint",
    "Placed",
    "Point",
    "Run",
    "Sketch",
    "Stroke",
    "Wire",
    "cells",
    "cut",
    "fit",
    "ljust",
    "place",
    "rjust",
    "widest",
    "wrap",
]

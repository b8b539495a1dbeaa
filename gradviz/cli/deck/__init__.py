"""Decks: many pictures, each as a command line would draw it, built where something changed.

`spec` reads a deck file, `targets` says which command lines it stands for, `records` which of them
have to run again, `build` runs them, `watch` does so whenever a file changes.
"""

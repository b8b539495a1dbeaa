"""Marking answers, and the statistics of a class."""

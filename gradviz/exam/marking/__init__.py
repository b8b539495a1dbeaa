"""Marking answers, and what the marks of a class say."""

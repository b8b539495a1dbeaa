"""Exams: a fair, keyed, different paper for every student."""

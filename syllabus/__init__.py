"""Syllabus: a declarative machine-learning workflow."""

__version__ = "0.1.0"

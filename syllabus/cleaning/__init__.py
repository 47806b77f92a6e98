"""The declared cleaning of a raw table, lazily, with a count and examples of every change."""

from syllabus.cleaning.duplicates import repeated
from syllabus.cleaning.rules import EXAMPLES, LOSING, READING, Change, apply, changes, report

__all__ = ["EXAMPLES", "LOSING", "READING", "Change", "apply", "changes", "repeated", "report"]

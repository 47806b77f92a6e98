"""The declared cleaning of a raw table, lazily, with a count and examples of every change; and what is only flagged."""

from syllabus.cleaning.duplicates import alike, contradictory, repeated
from syllabus.cleaning.review import flags
from syllabus.cleaning.rules import EXAMPLES, LOSING, READING, Change, apply, changes, report
from syllabus.cleaning.undoing import undo

__all__ = [
    "EXAMPLES",
    "LOSING",
    "READING",
    "Change",
    "alike",
    "apply",
    "changes",
    "contradictory",
    "flags",
    "repeated",
    "report",
    "undo",
]

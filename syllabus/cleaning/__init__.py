"""The declared cleaning of a raw table, lazily, with a count and examples of every change; and what is only flagged."""

from syllabus.cleaning.duplicates import alike, contradictory, repeated
from syllabus.cleaning.making import EXAMPLES, READING, make
from syllabus.cleaning.review import flags
from syllabus.cleaning.rules import LOSING, Change, apply, changes
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
    "make",
    "repeated",
    "undo",
]

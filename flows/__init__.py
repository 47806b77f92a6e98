"""The pipeline as Prefect flows: what runs by itself, on a schedule, with a page to look at."""

from syllabus import extras

extras.explain("flows")

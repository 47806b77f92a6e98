"""A corpus: a folder of texts, one text that falls into documents, or a column of text; nothing is predicted."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from syllabus import frames, modalities
from syllabus.corpora import documents
from syllabus.drafting import Column
from syllabus.errors import Unmet
from syllabus.projects import cuts, dialect, listing
from syllabus.projects.draft import Asked, Draft, Row
from syllabus.projects.kinds import Claim
from syllabus.projects.kinds.text import encoding
from syllabus.projects.look import glimpse
from syllabus.projects.roles import Finding, roles
from syllabus.projects.surveys import TEXTS, Folder, Survey, Table
from syllabus.settings import Data, Reading
from syllabus.sources import expansion

OPTIONS = frozenset({"text"})
EXTRAS = ("corpus",)
CANDIDATES = ("gpt", "ngram")
FEWEST = 10
"""Fewer documents cannot be shared out."""
EFFORT = 6_000_000
"""Letters, times how often they are gone through: as many as cost a small network some minutes on two cores."""
EPOCHS = (1, 20)
VOCABULARIES = ((300_000, 1024), (20_000_000, 2048), (math.inf, 8192))
"""How many pieces up to how many letters."""
COLUMNS = [
    Column("text", "text"),
    *(
        Column(name, "numeric")
        for name in ("characters", "bytes", "words", "lines", "letters", "repeated", "compressed")
    ),
    *(Column(name, "numeric") for name in ("emails", "cards", "ibans", "phones")),
    Column("sha256", "identifier"),
    *(Column(name, "unasked") for name in ("alike", documents.PATH, documents.TITLE, documents.WITHIN)),
]
"""What each column is that ingest adds, and those of files and headings."""


def claim(survey: Survey, asked: Asked) -> Claim | None:
    """Claim a folder of texts that are in no folders by class, and a file of prose."""
    if isinstance(survey, Table):
        prose = _is_text(survey) and (survey.plain_text or dialect.prose(Path(str(survey.source))))
        return Claim(1, "one file of text") if prose and asked.target is None else None
    loose = any(file.parent == survey.path for file in survey.files)
    if not survey.nearly(TEXTS) or not (loose or len(survey.classes) < 2):
        return None
    return Claim(1, "texts that are not in folders by class")


def draft(survey: Survey, asked: Asked) -> Draft:
    """Return what the documents are taken for.

    Raises:
        Unmet: something is to be predicted, there are too few documents, or no column holds text.
    """
    for option, given in (("target", asked.target), ("task", asked.task)):
        if given is not None:
            raise Unmet(
                f"--{option} {given}: a corpus has no column to predict; --modality text predicts one from texts"
            )
    if isinstance(survey, Folder):
        return _of_folder(survey)
    return _of_file(Path(str(survey.source))) if _is_text(survey) else _of_table(survey, asked)


def _of_folder(folder: Folder) -> Draft:
    size = sum(file.stat().st_size for file in folder.files)
    row = (str(folder.path), "documents", f"{len(folder.files):,} files of {size:,} bytes", "a document a file")
    return _draft([row], len(folder.files), size, {"options": {}, "reading": encoding(folder.files)}, str(folder.path))


def _of_file(path: Path) -> Draft:
    said = dialect.dialect(path)
    reading = {"encoding": said["encoding"]} if "encoding" in said else {}
    whole = documents.text(path, Data(modality="corpus", source=str(path), reading=Reading.model_validate(reading)))
    found = cuts.cut(whole)
    if found is None:
        raise Unmet(
            f"{path}: is one document of {len(whole):,} letters, and a corpus is shared out by at least {FEWEST}: "
            "put each into a file of its own, or what separates them, such as a line of three dashes, between them"
        )
    how, count = found
    ((key, value),) = how.items()
    told = f"headings of level {value} and higher" if key == "heading" else f"{value!r} between them"
    row = (path.name, "documents", f"{len(whole):,} letters; {told}", "a document each")
    return _draft([row], count, len(whole), {"options": how, "reading": reading}, str(path))


def _of_table(table: Table, asked: Asked) -> Draft:
    seen = glimpse(table.source)
    found = roles(seen.typed, None, seen.spelling)
    name = asked.one("text") or _longest(found, seen.typed)
    known = [one.column for one in found]
    if name not in known:
        data = Data(modality="corpus", source=table.source, options={"text": name})  # type: ignore[arg-type]  # any source
        documents.columns(data, modalities.options(data))
    length = frames.mean(seen.typed[name].cast(str).str.len_chars())
    told = {"options": {"text": name}, "reading": dict(seen.reading)}
    others = [one for one in found if one.column != name]
    row = (name, "documents", f"{length:,.0f} letters on average", "a document each")
    beside = [(*one[:3], "kept beside the text, not learned from") for one in listing.rows(others)]
    columns = [Column(one.column, one.role) for one in others]  # type: ignore[arg-type]  # nobody is a target
    return _draft([row, *beside], seen.rows, int(length * seen.rows), told, str(table.source), columns)


def _draft(
    rows: list[Row], count: int, letters: int, said: dict[str, Any], where: str, columns: list[Column] | None = None
) -> Draft:
    if count < FEWEST:
        raise Unmet(
            f"{where}: holds {count} document{'s' * (count != 1)}, and a corpus is shared out by at least {FEWEST}"
        )
    epochs = int(min(EPOCHS[1], max(EPOCHS[0], EFFORT / max(1, letters))))
    vocabulary = next(pieces for most, pieces in VOCABULARIES if letters <= most)
    return Draft(
        task="language",
        target="",
        about="Writes on in the manner of its documents",
        rows=rows,
        counted=f"{count:,} documents",
        said=said | {"epochs": epochs, "vocabulary": vocabulary, "smallest": max(3, count // 40)},
        candidates=CANDIDATES,
        columns=[*COLUMNS, *(columns or [])],
    )


def _is_text(table: Table) -> bool:
    # A text file is never read as a table here: see `documents`.
    source = table.source
    if not isinstance(source, str) or "://" in source:
        return False
    path = Path(source)
    bare = path.with_suffix("") if expansion.compression(path) else path
    return path.is_file() and bare.suffix.lower() in documents.TEXTS


def _longest(found: list[Finding], typed: Any) -> str:
    texts = [one.column for one in found if one.role == "text"]
    if not texts:
        raise Unmet(f"no column holds free text; --text COLUMN names one of {', '.join(one.column for one in found)}")
    return max(texts, key=lambda name: frames.mean(typed[name].str.len_chars()))

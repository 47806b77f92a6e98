"""Ingest against pandas: python -m benchmarks.ingest [--rows 1000000]

A table of 20 columns of mixed types is read from CSV and kept as Parquet three times, each in a process of its own:
by `python -m stages.ingest`, by a pandas script that cleans and reports the same, and by the fewest lines of pandas
that give a table without equal rows. Printed: seconds, seconds of CPU (other work on the machine stretches them less)
and peak memory, imports included, and what our way takes of each.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import scale

MARKERS = ["", "?", "NA", "N/A", "null", "NULL", "-"]


def main() -> None:
    """Print all sides and their ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--pandas", choices=["cleaned", "bare"], help=argparse.SUPPRESS)
    parser.add_argument("paths", type=Path, nargs="*", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.pandas:
        {"cleaned": cleaned, "bare": bare}[asked.pandas](*asked.paths)
        return
    with tempfile.TemporaryDirectory() as folder:
        source, project = Path(folder) / "table.csv", Path(folder) / "project"
        scale.run("-m", "benchmarks.scale", "--write", str(source), "--rows", str(asked.rows))
        made = ["new", str(project), "--data", str(source), "--target", "outcome", "--track", "none"]
        scale.run("-m", "syllabus.cli", *made)
        print(f"{asked.rows:,} rows of 20 columns, {source.stat().st_size / 1e6:,.0f} MB of CSV")
        ours = scale.measure(["-m", "stages.ingest", "artifacts/ingest"], project)
        print(f"  {'ours':<24}{ours.seconds:8.1f} s {ours.cpu:8.1f} CPU s {ours.memory:8.0f} MiB")
        for side in ("cleaned", "bare"):
            words = ["-m", "benchmarks.ingest", "--pandas", side, str(source), str(Path(folder) / "out.parquet")]
            theirs = scale.measure(words, Path.cwd())
            print(f"  pandas, {side:<16}{theirs.seconds:8.1f} s {theirs.cpu:8.1f} CPU s {theirs.memory:8.0f} MiB")
            ratios = [getattr(ours, unit) / getattr(theirs, unit) for unit in ("seconds", "cpu", "memory")]
            print(
                "    ours takes {:.2f} of its seconds, {:.2f} of its CPU seconds, {:.2f} of its memory".format(*ratios)
            )


def bare(source: Path, out: Path) -> None:
    """The fewest lines: pandas guesses the types, equal rows go."""
    import pandas as pd

    pd.read_csv(source).drop_duplicates().to_parquet(out, compression="zstd")


def cleaned(source: Path, out: Path) -> None:
    """What ingest does, as it is written in pandas: every change is counted and shown, and what looks odd is listed."""
    import pandas as pd

    frame = pd.read_csv(source, dtype=str, keep_default_na=False)
    report: dict[str, object] = {"sha256": hashlib.sha256(source.read_bytes()).hexdigest(), "rows": len(frame)}
    changes, flags = [], []
    for name in frame.columns:
        raw = frame[name]
        value = raw.str.strip()
        value = value.mask(value.isin(MARKERS))
        changed = raw[value.ne(raw)]
        changes.append({"column": name, "rows": len(changed), "examples": changed.head(3).to_list()})
        numbers = pd.to_numeric(value, errors="coerce")
        frame[name] = numbers if numbers.notna().sum() == value.notna().sum() else value
    frame = frame[frame["outcome"].notna()]
    names = list(frame.columns)
    same = frame.duplicated(names)
    changes.append({"rule": "duplicates", "rows": int(same.sum())})
    frame = frame[~same]
    plain = pd.DataFrame({name: normal(frame[name]) for name in names})
    for asked in (names, [name for name in names if name != "outcome"]):
        alike = plain.duplicated(asked, keep=False)
        flags.append({"alike": int(alike.sum())})
    for name in names:
        column = frame[name]
        if pd.api.types.is_numeric_dtype(column):
            low, high = column.quantile([0.25, 0.75])
            far = (column < low - 3 * (high - low)) | (column > high + 3 * (high - low))
            flags.append({"column": name, "outliers": int(far.sum())})
        elif column.nunique() <= 1000:
            counts = column.value_counts()
            spellings = counts.groupby(counts.index.str.casefold().str.replace(r"\W+", "", regex=True)).size()
            flags.append({"column": name, "merges": int((spellings > 1).sum())})
    report |= {"changes": changes, "flags": flags, "missing": frame.isna().sum().to_dict()}
    frame.to_parquet(out, compression="zstd")
    out.with_suffix(".json").write_text(json.dumps(report, default=str))


def normal(column: Any) -> Any:
    """Return the values without case, Unicode forms, spaces and punctuation."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column):
        return column
    return column.str.normalize("NFKC").str.casefold().str.replace(r"[\W_]+", " ", regex=True).str.strip()


if __name__ == "__main__":
    main()

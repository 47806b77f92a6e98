"""Drafted suites on rows held back: python -m benchmarks.drafting [DATA] [--seeds 5] [--tables a b] [--real]

A suite is drafted on one half of a table and asked of the other half, as it is and with faults. Printed: false alarms
(a failure on the clean half), and how many faults are caught: an expectation fails, or the suite cannot be asked, that
held on the clean half. DATA is a folder of Parquet tables (default: the repository's census). With `--real` the
answers are those of `syllabus.validation`, without it those of `benchmarks.asking`, which are the same, sooner.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from benchmarks import asking
from benchmarks.faults import FAULTS, Batch, Impossible
from syllabus import drafting, frames

TUNED = {
    "adult": "income-per-year",
    "creditcard_10k": "Class",
    "ames_raw": "price",
    "nycflights13": "arr_delay",
    "chicago_ridership": "ridership",
}
"""Tables that were looked at while the slack was chosen, each with its target."""

HELD_OUT = {
    "ames": "Sale_Price",
    "insteval": "y",
    "resume": "received_callback",
    "spam_emails_3k": "label",
    "debian_packages": "Section",
}
"""Tables that were not looked at until the slack stood."""

IN_TIME = {
    "creditcard_10k": ["Time"],
    "nycflights13": ["month", "day", "sched_dep_time"],
    "chicago_ridership": ["date"],
}
CENSUS = Path(__file__).parent.parent / "data" / "adult.csv"
DRAWS = 4
"""How many times each fault is drawn a half."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?", help="a folder of Parquet tables")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--tables", nargs="*")
    parser.add_argument("--real", action="store_true", help="ask through syllabus.validation")
    options = parser.parse_args()
    known = TUNED | HELD_OUT if options.data else {"adult": "income-per-year"}
    ask = real if options.real else asking.failed
    told: list[dict[str, Any]] = []
    for name in options.tables or known:
        frame = load(options.data / f"{name}.parquet" if options.data else CENSUS, known[name])
        for kind, seed, seen, held in halves(name, frame, options.seeds):
            told.append({"table": name, "halves": kind, **measure(seen, held, known[name], seed, options.draws, ask)})
        print(f"{name}: done", flush=True)
    for kind in ("random", "in time"):
        report([one for one in told if one["halves"] == kind], f"{kind} halves")


def load(path: Path, target: str) -> pl.DataFrame:
    """Return a table as ingest leaves it: `row` first, no row without an answer."""
    if path.suffix == ".csv":
        # The census has a space behind each comma; ingest takes it away.
        frame = pl.read_csv(path.read_bytes().replace(b", ", b","), null_values="?", infer_schema_length=None)
        frame = frame.rename({frame.columns[-1]: target})
    else:
        frame = pl.read_parquet(path)
    return (
        frame.drop_nulls(target).with_row_index(frames.ROW, offset=1).with_columns(pl.col(frames.ROW).cast(pl.UInt64))
    )


def halves(name: str, frame: pl.DataFrame, seeds: int) -> Iterator[tuple[str, int, pl.DataFrame, pl.DataFrame]]:
    middle = frame.height // 2
    for seed in range(seeds):
        order = np.random.default_rng(seed).permutation(frame.height)
        yield "random", seed, frame[np.sort(order[:middle])], frame[np.sort(order[middle:])]
    if name in IN_TIME:
        ordered = frame.sort(IN_TIME[name], maintain_order=True)
        yield "in time", 0, ordered[:middle], ordered[middle:]


def measure(seen: pl.DataFrame, held: pl.DataFrame, target: str, seed: int, draws: int, ask: Any) -> dict[str, Any]:
    """Draft on one half; return what fails on the other, and what of the faults is caught."""
    columns = drafting.roles(seen.lazy(), target)
    suite = drafting.draft(seen.lazy(), columns)
    clean = ask(suite, held)
    caught: dict[str, list[str]] = defaultdict(list)
    for fault, broken in FAULTS.items():
        generator = np.random.default_rng([seed, zlib.crc32(fault.encode())])
        drawn = fault not in ("half of the rows", "rows cut short", "rows twice", "half of them twice")
        for _ in range(draws if drawn else 1):
            try:
                found = ask(suite, broken(Batch(held, columns, generator)))
            except Impossible:
                break
            new = {severity for place, severity in found.items() if place not in clean}
            caught[fault].append("critical" if "critical" in new else "warning" if "warning" in new else "missed")
    return {
        "rows": seen.height,
        "expectations": len(suite["expectations"]),
        "alarms": [(severity, _label(suite, place)) for place, severity in clean.items()],
        "caught": caught,
    }


def _label(suite: dict[str, Any], place: int) -> str:
    if place == asking.REFUSED:
        return "refused"
    one = suite["expectations"][place]
    return f"{one['type']}({one['kwargs'].get('column', one['kwargs'].get('column_A', ''))})"


def real(suite: dict[str, Any], frame: pl.DataFrame) -> dict[int, str]:
    """Return what `syllabus.validation` finds: the places that fail, with severity."""
    from syllabus.errors import Unmet
    from syllabus.validation import validate

    with tempfile.TemporaryDirectory() as folder:
        table, written = Path(folder) / "table.parquet", Path(folder) / "suite.json"
        frame.write_parquet(table)
        written.write_text(json.dumps(suite), encoding="utf-8")
        try:
            outcome = validate(table, written, Path(folder) / "docs", Path(folder) / "quarantine.parquet", name="half")
        except Unmet:
            return {asking.REFUSED: "critical"}
    return {place: check.severity for place, check in enumerate(outcome.checks) if not check.success}


def report(told: list[dict[str, Any]], title: str) -> None:
    if not told:
        return
    print(f"\n{title}: {len(told)} suites\n")
    print(f"{'':18} {'suites':>7} {'rows':>8} {'expect.':>8} {'critical':>9} {'any alarm':>10}")
    tables = list(dict.fromkeys(one["table"] for one in told))
    for name in [*tables, "all"]:
        mine = [one for one in told if name in (one["table"], "all")]
        critical = sum(any(severity == "critical" for severity, _ in one["alarms"]) for one in mine)
        alarms = sum(any(severity != "info" for severity, _ in one["alarms"]) for one in mine)
        rows = f"{mine[0]['rows']:,}" if name != "all" else ""
        size = f"{sum(one['expectations'] for one in mine) / len(mine):.0f}"
        mark = " *" if name in HELD_OUT else ""
        print(f"{name + mark:18} {len(mine):7} {rows:>8} {size:>8} {critical:9} {alarms:10}")
    asked = sum(one["expectations"] for one in told)
    failing = Counter(label for one in told for _, label in one["alarms"])
    print(f"\nexpectations that failed on clean rows: {sum(failing.values())} of {asked:,}")
    for label, count in failing.most_common(40):
        print(f"  {count} x {label}")
    print(
        f"\ncaught, of faults injected (stopped by a critical one)\n{'':18}",
        *(f"{name[:9]:>9}" for name in [*tables, "all"]),
    )
    for fault in FAULTS:
        cells = []
        for name in [*tables, "all"]:
            drawn = [how for one in told if name in (one["table"], "all") for how in one["caught"].get(fault, [])]
            hits = sum(how != "missed" for how in drawn)
            stops = sum(how == "critical" for how in drawn)
            cells.append(f"{hits}/{len(drawn)}" + (f" ({stops})" if name == "all" else "") if drawn else "-")
        print(f"{fault:18}", *(f"{cell:>9}" for cell in cells))


if __name__ == "__main__":
    main()

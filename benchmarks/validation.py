"""Validation against Great Expectations on pandas: python benchmarks/validation.py [--rows 1000000]

Both sides hold the same generated table (20 columns) to the same suite (25 expectations), write Data Docs and
name the failing rows, each in a process of its own. Printed: seconds, seconds of CPU (other work on the machine
stretches them less) and peak memory, imports included, and what our way takes of the plain one.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SEED = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--side", choices=["table", "ours", "plain"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        started = time.perf_counter()
        if options.side == "table":
            write_table(options.folder / "table.parquet", options.rows)
        else:
            {"ours": ours, "plain": plain}[options.side](options.folder)
        # Linux counts in KiB, and from the peak of the parent on: the parent must stay small.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"seconds": time.perf_counter() - started, "CPU s": time.process_time(), "MiB": peak}))
        return
    with tempfile.TemporaryDirectory() as folder:
        measure("table", Path(folder), options.rows)
        (Path(folder) / "suite.json").write_text(json.dumps({"name": "benchmark", "expectations": suite()}))
        measured = {side: measure(side, Path(folder), options.rows) for side in ("plain", "ours")}
    print(f"{options.rows:,} rows, 20 columns, {len(suite())} expectations")
    for unit in ("seconds", "CPU s", "MiB"):
        ours_, plain_ = measured["ours"][unit], measured["plain"][unit]
        print(f"{unit:>8}: ours {ours_:8.1f}   pandas {plain_:8.1f}   ratio {ours_ / plain_:.2f}")


def measure(side: str, folder: Path, rows: int) -> dict[str, float]:
    command = [sys.executable, __file__, "--side", side, "--folder", str(folder), "--rows", str(rows)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def ours(folder: Path) -> None:
    from syllabus.validation import validate

    outcome = validate(
        folder / "table.parquet", folder / "suite.json", folder / "ours", folder / "quarantine.parquet", name="table"
    )
    assert len(outcome.failed) == 5, [check.label for check in outcome.failed]


def plain(folder: Path) -> None:
    """What a user of Great Expectations writes: a data frame, a checkpoint, Data Docs, the index of failing rows."""
    import great_expectations as gx
    import pandas as pd

    frame = pd.read_parquet(folder / "table.parquet")
    context = gx.get_context(mode="ephemeral")
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(folder / "plain")}
    context.update_data_docs_site("local_site", {"class_name": "SiteBuilder", "store_backend": backend})
    asset = context.data_sources.add_pandas("frames").add_dataframe_asset("table")
    batch = asset.add_batch_definition_whole_dataframe("all")
    expectations = [gx.expectations.core.__dict__[camel(entry["type"])](**entry["kwargs"]) for entry in suite()]
    held = context.suites.add(gx.ExpectationSuite("benchmark", expectations=expectations))
    definition = gx.ValidationDefinition(name="table", data=batch, suite=held)
    context.validation_definitions.add(definition)
    checkpoint = gx.Checkpoint(
        name="table",
        validation_definitions=[definition],
        actions=[gx.checkpoint.UpdateDataDocsAction(name="docs")],
        result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["row"]},
    )
    context.checkpoints.add(checkpoint)
    outcome = checkpoint.run(batch_parameters={"dataframe": frame})
    (result,) = outcome.run_results.values()
    assert sum(not one.success for one in result.results) == 5, [
        one.expectation_config.type for one in result.results if not one.success
    ]


def camel(name: str) -> str:
    special = {"Kl": "KL"}
    return "".join(special.get(word.capitalize(), word.capitalize()) for word in name.split("_"))


def write_table(path: Path, rows: int) -> None:
    """Write 20 columns of numbers and texts, a few in ten thousand of them wrong."""
    import numpy as np
    import polars as pl

    generator = np.random.default_rng(SEED)
    columns: dict[str, pl.Series | np.ndarray] = {"row": np.arange(1, rows + 1, dtype=np.uint64)}
    for index in range(6):
        columns[f"amount_{index}"] = generator.lognormal(3, 1, rows)
    for index in range(6):
        columns[f"count_{index}"] = generator.poisson(20, rows)
    places = np.array([f"place {number:02}" for number in range(50)])
    for index in range(5):
        columns[f"place_{index}"] = places[generator.integers(0, 50, rows)]
    columns["code"] = np.char.add("C-", generator.integers(1000, 9999, rows).astype(str))
    columns["rating"] = generator.integers(1, 6, rows)
    frame = pl.DataFrame(columns)
    wrong = pl.Series(generator.random(rows) < 0.0005)
    frame.with_columns(
        pl.when(wrong).then(-1.0).otherwise("amount_0").alias("amount_0"),
        pl.when(wrong).then(pl.lit("nowhere")).otherwise("place_0").alias("place_0"),
        pl.when(wrong).then(pl.lit("?")).otherwise("code").alias("code"),
        pl.when(wrong).then(None).otherwise("count_0").alias("count_0"),
        pl.when(wrong).then(9).otherwise("rating").alias("rating"),
    ).write_parquet(path, compression="zstd", row_group_size=100_000)  # as ingest leaves it


def suite() -> list[dict[str, object]]:
    """Return 25 expectations, of which 5 fail in a few rows; on pandas, those of quantiles end in a TypeError."""
    places = [f"place {number:02}" for number in range(50)]
    said: list[tuple[str, dict[str, object]]] = [
        ("expect_table_row_count_to_be_between", {"min_value": 1}),
        ("expect_table_column_count_to_equal", {"value": 20}),
        ("expect_column_values_to_be_unique", {"column": "row"}),
        ("expect_column_values_to_not_be_null", {"column": "row"}),
        ("expect_column_values_to_not_be_null", {"column": "count_0"}),
        ("expect_column_values_to_match_regex", {"column": "code", "regex": "^C-[0-9]{4}$"}),
        ("expect_column_value_lengths_to_be_between", {"column": "code", "min_value": 1, "max_value": 6}),
        ("expect_column_values_to_be_in_set", {"column": "rating", "value_set": [1, 2, 3, 4, 5]}),
        ("expect_column_distinct_values_to_contain_set", {"column": "rating", "value_set": [1, 2, 3, 4, 5]}),
        (
            "expect_column_pair_values_a_to_be_greater_than_b",
            {"column_A": "amount_1", "column_B": "rating", "mostly": 0.5},
        ),
        ("expect_column_sum_to_be_between", {"column": "amount_1", "min_value": 1}),
        ("expect_column_median_to_be_between", {"column": "count_1", "min_value": 18, "max_value": 22}),
        ("expect_column_stdev_to_be_between", {"column": "count_1", "min_value": 4, "max_value": 5}),
        ("expect_column_unique_value_count_to_be_between", {"column": "place_1", "min_value": 50, "max_value": 50}),
    ]
    for index in range(3):
        said.append(("expect_column_values_to_be_between", {"column": f"amount_{index}", "min_value": 0}))
        said.append(
            ("expect_column_mean_to_be_between", {"column": f"count_{index}", "min_value": 19, "max_value": 21})
        )
        said.append(("expect_column_values_to_be_in_set", {"column": f"place_{index}", "value_set": places}))
    said.append(("expect_column_max_to_be_between", {"column": "count_3", "max_value": 100}))
    said.append(("expect_column_min_to_be_between", {"column": "amount_3", "min_value": 0}))
    return [{"type": name, "kwargs": kwargs} for name, kwargs in said]


if __name__ == "__main__":
    main()

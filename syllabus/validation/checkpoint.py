"""Holds a table to a suite as a Great Expectations checkpoint that leaves nothing on disk."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syllabus.errors import Unmet
from syllabus.validation.suite import columns_of

_OF_NUMBERS = (
    "expect_column_values_to_be_between",
    "expect_column_quantile_values_to_be_between",
    "expect_column_mean_to_be_between",
    "expect_column_median_to_be_between",
    "expect_column_min_to_be_between",
    "expect_column_max_to_be_between",
    "expect_column_stdev_to_be_between",
    "expect_column_sum_to_be_between",
)
_HELD = {"VARCHAR": "texts", "DATE": "times", "TIMESTAMP": "times", "BOOLEAN": "truth"}
_EXPECTED = {"numbers": ("numbers", "number"), "texts": ("texts", "text"), "times": ("dates or times", "date")}


@dataclass(frozen=True)
class Table:
    """A table as Great Expectations knows it, while its database is open.

    Args:
        context: the context that knows it.
        batch: the definition of its one batch, all its rows.
    """

    context: Any
    batch: Any

    @property
    def engine(self) -> Any:
        """The execution engine, a database in which the table is the view `examples`."""
        return self.batch.data_asset.datasource.get_execution_engine()

    def hold(self, suite: Any, source: Path, columns: Mapping[str, str]) -> tuple[Any, ...]:
        """Ask every expectation of the table, and return Great Expectations' results in the order of the suite.

        Args:
            suite: what `suite.build` returned.
            source: its file, for messages.
            columns: the table's columns with their DuckDB types.

        Raises:
            Unmet: an expectation cannot be asked, such as a regex that the database does not know.
        """
        import great_expectations as gx
        from great_expectations.core.run_identifier import RunIdentifier

        definition = gx.ValidationDefinition(name="data", data=self.batch, suite=self.context.suites.add(suite))
        self.context.validation_definitions.add(definition)
        checkpoint = gx.Checkpoint(name="data", validation_definitions=[definition], result_format="BASIC")
        self.context.checkpoints.add(checkpoint)
        # The time of a run has no place in what it leaves.
        moment = RunIdentifier(run_name="data", run_time=datetime.fromtimestamp(0, UTC))
        # Its quantiles under a row condition are written in a way that SQLAlchemy will not take one day.
        with warnings.catch_warnings(action="ignore", category=DeprecationWarning):
            outcome = checkpoint.run(run_id=moment)
        (found,) = outcome.run_results.values()
        results = tuple(sorted(found.results, key=lambda result: result.expectation_config.meta["place"]))
        if errors := list(_unasked(results, source, columns)):
            raise Unmet("\n".join(errors))
        return results


@contextmanager
def opened(table: Path) -> Iterator[Table]:
    """Make a Parquet file known to Great Expectations; afterwards its database is closed."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    from syllabus.validation import duckdb_engine

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )
    context = gx.get_context(mode="ephemeral", project_config=config)
    batch = duckdb_engine.batch_definition(context, table)
    opened = Table(context, batch)
    try:
        yield opened
    finally:
        opened.engine.close()
        batch.data_asset.datasource.get_engine().dispose()


def _unasked(results: Sequence[Any], source: Path, columns: Mapping[str, str]) -> Iterator[str]:
    """Yield why expectations cannot be asked: a line for each column whose type has changed, then the rest.

    A question about numbers says nothing but the database's own words when it is asked of texts.
    """
    told: dict[str, list[Any]] = {}
    rest: list[str] = []
    starved: list[str] = []
    for result in results:
        config = result.expectation_config
        for reason in sorted(_reasons(result.exception_info)):
            if "Out of Memory Error" in reason:
                starved.append(f"expectations.{config.meta['place']}")
                continue
            wrong = [
                name for name in columns_of(config.type, config.kwargs) if not _fits(config, columns.get(name, ""))
            ]
            for name in wrong:
                told.setdefault(name, []).append(config)
            if not wrong:
                rest.append(f"{source}: expectations.{config.meta['place']}: cannot be asked: {reason}")
    for name, asked in told.items():
        places = list(dict.fromkeys(f"expectations.{config.meta['place']}" for config in asked))
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        said, mend = _EXPECTED[_kind(asked[0])]
        yield (
            f"{source}: the column {name} holds {_held(columns[name])}, where {places[0]}{more} expect {said}: correct "
            f"the data, or say data.cleaning.types: {{{name}: {mend}}}, which makes missing what is none, or correct "
            "the suite"
        )
    yield from rest
    if starved:
        more = f" and {len(starved) - 1} more" if len(starved) > 1 else ""
        yield (
            f"{source}: {starved[0]}{more} cannot be asked within memory_limit: quantiles hold a column's values in "
            f"memory; raise the limit, or leave them out"
        )


def _kind(config: Any) -> str:
    """Return what an expectation takes its column's values for."""
    if config.type in ("expect_column_values_to_match_regex", "expect_column_value_lengths_to_be_between"):
        return "texts"
    ends = (config.kwargs.get("min_value"), config.kwargs.get("max_value"))
    if config.type == "expect_column_values_to_be_between" and any(isinstance(end, str) for end in ends):
        return "times"
    return "numbers" if config.type in _OF_NUMBERS else ""


def _fits(config: Any, held: str) -> bool:
    """Return whether values of a type are what an expectation takes them for."""
    return _kind(config) in ("", _HELD.get(held.split("(")[0].split()[0] if held else "", "numbers"))


def _held(kind: str) -> str:
    return {"texts": "texts", "times": "dates or times", "truth": "true or false"}.get(
        _HELD.get(kind.split("(")[0].split()[0], ""), f"numbers ({kind})"
    )


def _reasons(info: Mapping[str, Any]) -> set[str]:
    """Return the first line of each exception that an expectation raised, one for every metric that it needs."""
    if "raised_exception" in info:
        first = str(info["exception_message"]).splitlines()[0]
        return {re.sub(r"^\(\S+\) ", "", first)} if info["raised_exception"] else set()
    return {reason for part in info.values() if isinstance(part, Mapping) for reason in _reasons(part)}

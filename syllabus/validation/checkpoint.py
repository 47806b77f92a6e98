"""Runs a suite on a table as a Great Expectations checkpoint that leaves nothing on disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syllabus.errors import Unmet


@dataclass(frozen=True)
class Run:
    """What a checkpoint found, while its database is still open.

    Args:
        results: Great Expectations' own results, in the order of the suite.
        engine: its execution engine, with the table loaded.
    """

    results: tuple[Any, ...]
    engine: Any


@contextmanager
def run(table: Path, suite: Any, *, source: Path) -> Iterator[Run]:
    """Ask every expectation of `suite` of `table`, all in one pass where they can share one.

    Args:
        table: a Parquet file.
        suite: what `suite.read` returned.
        source: the suite's file, for messages.

    Raises:
        Unmet: an expectation cannot be asked, such as a regex that the database does not know.
    """
    import great_expectations as gx
    from great_expectations.core.run_identifier import RunIdentifier

    from syllabus.validation import duckdb_engine

    context = gx.get_context(mode="ephemeral", project_config=_nothing_on_disk())
    batch = duckdb_engine.batch_definition(context, table)
    definition = gx.ValidationDefinition(name="data", data=batch, suite=context.suites.add(suite))
    context.validation_definitions.add(definition)
    checkpoint = gx.Checkpoint(
        name="data",
        validation_definitions=[definition],
        # Which rows fail, and examples of them, are asked of the database once more and in a fixed order.
        result_format={"result_format": "BASIC", "partial_unexpected_count": 0},
    )
    context.checkpoints.add(checkpoint)
    engine = batch.data_asset.datasource.get_execution_engine()
    try:
        # The time of a run has no place in what it leaves.
        outcome = checkpoint.run(run_id=RunIdentifier(run_name="data", run_time=datetime.fromtimestamp(0, UTC)))
        (found,) = outcome.run_results.values()
        results = tuple(sorted(found.results, key=lambda result: result.expectation_config.meta["place"]))
        _refuse_what_cannot_be_asked(results, source)
        yield Run(results, engine)
    finally:
        engine.close()
        batch.data_asset.datasource.get_engine().dispose()


def _nothing_on_disk() -> Any:
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False),
    )


def _refuse_what_cannot_be_asked(results: tuple[Any, ...], source: Path) -> None:
    errors = []
    for result in results:
        config = result.expectation_config
        for reason in _reasons(result.exception_info):
            errors.append(f"{source}: expectations.{config.meta['place']}: {config.type}: {reason}")
    if errors:
        raise Unmet("\n".join(errors))


def _reasons(info: dict[str, Any]) -> set[str]:
    """Return the first line of each exception that an expectation raised, one for every metric that it needs."""
    if "raised_exception" in info:
        return {str(info["exception_message"]).splitlines()[0]} if info["raised_exception"] else set()
    return {reason for part in info.values() if isinstance(part, dict) for reason in _reasons(part)}

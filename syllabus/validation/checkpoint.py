"""Holds a table to a suite as a Great Expectations checkpoint that leaves nothing on disk."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from syllabus.errors import Unmet


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

    def hold(self, suite: Any, source: Path) -> tuple[Any, ...]:
        """Ask every expectation of the table, and return Great Expectations' results in the order of the suite.

        Args:
            suite: what `suite.build` returned.
            source: its file, for messages.

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
        errors = [
            f"{source}: expectations.{result.expectation_config.meta['place']}: cannot be asked: {reason}"
            for result in results
            for reason in sorted(_reasons(result.exception_info))
        ]
        if errors:
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


def _reasons(info: Mapping[str, Any]) -> set[str]:
    """Return the first line of each exception that an expectation raised, one for every metric that it needs."""
    if "raised_exception" in info:
        first = str(info["exception_message"]).splitlines()[0]
        return {re.sub(r"^\(\S+\) ", "", first)} if info["raised_exception"] else set()
    return {reason for part in info.values() if isinstance(part, Mapping) for reason in _reasons(part)}

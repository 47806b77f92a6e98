"""The rows that fail an expectation, as a query on the view of the table.

Great Expectations decides: what is selected by is its own condition, with its own treatment of missing values
and row conditions. Its result holds at most 200 rows of an expectation, and its ready-made query forgets row
conditions, so neither can stand for all rows of a large table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from syllabus import frames


def rows(engine: Any, result: Any) -> Any:
    """Return a SQLAlchemy query for the numbers of the rows that fail an expectation.

    Args:
        engine: the execution engine, with the table loaded.
        result: Great Expectations' result for the expectation.

    Returns:
        None where no row fails, or where the expectation does not speak of single rows.
    """
    from great_expectations.expectations.registry import get_expectation_impl, get_metric_kwargs

    config = result.expectation_config
    if config.type == "unexpected_rows_expectation":
        return None if result.success else _selected(engine, config.kwargs)
    metric = getattr(get_expectation_impl(config.type), "map_metric", None)
    # Where `mostly` lets an expectation pass there are failing rows all the same.
    if metric is None or not result.result.get("unexpected_count"):
        return None
    kwargs = get_metric_kwargs(metric_name=f"{metric}.condition", configuration=config)
    if metric == "column_values.unique":
        return _repeated(engine, config.kwargs["column"], kwargs["metric_domain_kwargs"])
    return _matching(engine, metric, kwargs)


def lines(engine: Any, result: Any, most: int = 20) -> list[dict[str, Any]]:
    """Return the first lines that an SQL expectation selects, where they are not rows of the table."""
    config = result.expectation_config
    if config.type != "unexpected_rows_expectation" or result.success:
        return []
    with engine.engine.connect() as connection:
        found = connection.exec_driver_sql(f"SELECT * FROM ({_query(engine, config.kwargs)}) LIMIT {most}")  # noqa: S608  # the suite's own
        named = [dict(zip(found.keys(), line, strict=True)) for line in found.all()]
    return [] if not named or frames.ROW in named[0] else named


def _matching(engine: Any, metric: str, kwargs: Mapping[str, Any]) -> Any:
    import sqlalchemy as sa
    from great_expectations.expectations.metrics.map_metric_provider import is_sqlalchemy_metric_selectable as known
    from great_expectations.util import get_sqlalchemy_selectable
    from great_expectations.validator.metric_configuration import MetricConfiguration
    from great_expectations.validator.metrics_calculator import MetricsCalculator

    condition, compute, accessor = MetricsCalculator(engine).get_metric(
        MetricConfiguration(f"{metric}.condition", kwargs["metric_domain_kwargs"], kwargs["metric_value_kwargs"])
    )
    query: Any = sa.select(sa.column(frames.ROW)).where(condition)
    if metric in known.SQLALCHEMY_SELECTABLE_METRICS:
        return query  # the condition brings its own table
    return query.select_from(get_sqlalchemy_selectable(engine.get_domain_records({**compute, **accessor})))


def _repeated(engine: Any, name: str, domain: dict[str, Any]) -> Any:
    """Return the rows whose value occurs twice: the condition for it stands on a query without the row's number."""
    import sqlalchemy as sa
    from great_expectations.util import get_sqlalchemy_selectable

    records = get_sqlalchemy_selectable(engine.get_domain_records(domain))
    column: Any = sa.column(name)
    repeated = sa.select(column).select_from(records).group_by(column).having(sa.func.count() > 1)
    return sa.select(sa.column(frames.ROW)).select_from(records).where(column.in_(repeated))


def _selected(engine: Any, kwargs: Mapping[str, Any]) -> Any:
    """Return the rows that an SQL expectation selects; without the row's number they are nobody's."""
    import sqlalchemy as sa

    query = _query(engine, kwargs)
    with engine.engine.connect() as connection:
        names = connection.exec_driver_sql(f"DESCRIBE {query}").scalars().all()
    row: Any = sa.column(frames.ROW)
    if row.name not in names:
        return None
    return sa.select(row).distinct().select_from(sa.text(query).columns(row).subquery())


def _query(engine: Any, kwargs: Mapping[str, Any]) -> str:
    """Return the SQL of an expectation with the table's name in it."""
    from great_expectations.expectations.metrics.query_metrics import UnexpectedRowsQueryTable

    found: str = UnexpectedRowsQueryTable._get_substituted_batch_subquery_from_query_and_batch_selectable(
        kwargs["unexpected_rows_query"], engine.get_domain_records({"batch_id": kwargs["batch_id"]}), engine
    )
    return found

"""The root project's suite holds on its data, and each of its expectations fails on the corruption that it is for."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from syllabus import modalities, params
from syllabus.validation import checkpoint, duckdb_engine, suite, validate

ROOT = Path(__file__).resolve().parents[2]
SUITE = ROOT / "expectations" / "adult.json"
ENTRIES = json.loads(SUITE.read_text(encoding="utf-8"))["expectations"]

Corruption = Callable[[pl.DataFrame], pl.DataFrame]


def label(entry: dict[str, object]) -> str:
    """Return what the expectation says of itself, or else its type and column."""
    kwargs = entry["kwargs"]
    assert isinstance(kwargs, dict)
    return str(entry.get("description") or f"{entry['type']}({kwargs.get('column', '')})")


def first(where: pl.Expr | None = None, rows: int = 1, **values: object) -> Corruption:
    """Give the first rows, of those that `where` names, other values."""
    names = {name.replace("_", "-"): value for name, value in values.items()}

    def corrupt(frame: pl.DataFrame) -> pl.DataFrame:
        chosen = frame.with_row_index("place").filter(pl.lit(True) if where is None else where)["place"].head(rows)
        hit = pl.int_range(pl.len()).is_in(chosen.implode())
        return frame.with_columns(
            pl.when(hit).then(pl.lit(value, frame.schema[name])).otherwise(pl.col(name)).alias(name)
            for name, value in names.items()
        )

    return corrupt


employed, no_gain, no_loss = (
    pl.col("workclass").is_not_null(),
    pl.col("capital-gain") == 0,
    pl.col("capital-loss") == 0,
)
CORRUPTIONS: dict[str, Corruption] = {
    "expect_table_columns_to_match_set()": lambda frame: frame.with_columns(surplus=0),
    "expect_table_row_count_to_be_between()": lambda frame: frame.head(20_000),
    "expect_column_values_to_be_unique(row)": first(row=2),
    "expect_column_values_to_not_be_null(income)": first(income=None),
    "expect_column_values_to_be_in_set(income)": first(income=">50K."),
    "Between 20 % and 30 % of people earn more than 50K.": first(rows=5_000, income=">50K"),
    "expect_column_values_to_not_be_null(age)": first(age=None),
    "expect_column_values_to_be_between(age)": first(age=16),
    "expect_column_mean_to_be_between(age)": first(rows=10_000, age=60),
    "expect_column_values_to_be_between(fnlwgt)": first(fnlwgt=-1),
    "expect_column_values_to_be_in_set(workclass)": first(workclass="private"),
    "expect_column_proportion_of_non_null_values_to_be_between(workclass)": first(
        rows=3_000, workclass=None, occupation=None
    ),
    "education and education-num say the same.": first(pl.col("education") == "Masters", education_num=13),
    "expect_column_values_to_be_in_set(marital-status)": first(marital_status="Married"),
    "expect_column_values_to_be_in_set(occupation)": first(employed, occupation="Astronaut"),
    "expect_column_values_to_be_null(occupation)": first(~employed, occupation="Sales"),
    "A husband is male and a wife is female.": first(pl.col("relationship") == "Husband", sex="Female"),
    "expect_column_values_to_be_in_set(race)": first(race="white"),
    "expect_column_distinct_values_to_equal_set(sex)": first(sex="male", relationship=None),
    "expect_column_values_to_be_between(capital-gain)": first(no_loss, capital_gain=-1),
    "expect_column_values_to_be_between(capital-loss)": first(no_gain, capital_loss=20_000),
    "Nobody has both a capital gain and a capital loss.": first(capital_gain=100, capital_loss=100),
    "expect_column_values_to_be_between(hours-per-week)": first(hours_per_week=0),
    "expect_column_median_to_be_between(hours-per-week)": first(rows=20_000, hours_per_week=50),
    "expect_column_values_to_be_in_set(native-country)": first(native_country="Hong"),
    "expect_column_proportion_of_non_null_values_to_be_between(native-country)": first(rows=3_000, native_country=None),
}


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return what ingest leaves of the root project's data."""
    path = tmp_path_factory.mktemp("adult") / "table.parquet"
    settings = params.read(ROOT / "params.yaml")
    data = settings.data.model_copy(update={"source": str(ROOT / settings.data.source)})
    modalities.load(data.modality).read(data, path)
    return path


def test_every_expectation_says_why_it_is_there() -> None:
    assert [label(entry) for entry in ENTRIES if not entry.get("notes")] == []
    assert len({label(entry) for entry in ENTRIES}) == len(ENTRIES)


def test_on_the_real_data_all_holds_but_three_rows(table: Path, tmp_path: Path) -> None:
    held = validate(table, SUITE, tmp_path / "docs", tmp_path / "quarantine.parquet", name="adult")

    assert held.success
    assert [str(check.sentence) for check in held.failed] == ["A husband is male and a wife is female."]
    quarantined = pl.read_parquet(tmp_path / "quarantine.parquet").select("relationship", "sex").rows()
    assert sorted(quarantined) == [("Husband", "Female"), ("Wife", "Male"), ("Wife", "Male")]


def test_every_expectation_has_a_corruption() -> None:
    assert set(CORRUPTIONS) == {label(entry) for entry in ENTRIES}


@pytest.mark.slow
@pytest.mark.parametrize("name", CORRUPTIONS)
def test_a_corruption_makes_exactly_its_expectation_fail(table: Path, tmp_path: Path, name: str) -> None:
    wife, husband = pl.col("relationship") == "Wife", pl.col("relationship") == "Husband"
    clean = pl.read_parquet(table).filter(
        ~(wife & (pl.col("sex") == "Male")) & ~(husband & (pl.col("sex") == "Female"))
    )
    path = tmp_path / "table.parquet"
    CORRUPTIONS[name](clean).write_parquet(path)

    with checkpoint.opened(path) as opened:
        columns = duckdb_engine.columns(path)
        expectations = suite.build(suite.parse(SUITE), SUITE, columns)
        results = opened.hold(expectations, SUITE, columns)
    failed = [label(ENTRIES[place]) for place, result in enumerate(results) if not result.success]
    assert failed == [name]

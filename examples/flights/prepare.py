"""Make the flights that this example learns from: python examples/flights/prepare.py NYCFLIGHTS13 OUT

NYCFLIGHTS13 is the table `flights` of the R package nycflights13, as Parquet. Two flights of three are kept, in the
order of that table, so that the file is small enough for Git. Year, month and day become one date, and `late` is added,
the column to predict. Hour and minute, which repeat the scheduled departure, are left out.
"""

import sys

import polars as pl

LATE = 15
"""Minutes after the scheduled arrival from which a flight is late."""


def flights(raw: pl.DataFrame) -> pl.DataFrame:
    """Return two flights of three with their date and whether they were late; null where a flight never arrived."""
    late = pl.when(pl.col("arr_delay") > LATE).then(pl.lit("yes")).otherwise(pl.lit("no"))
    return (
        raw.gather_every(3)
        .vstack(raw.gather_every(3, offset=1))
        .select(
            pl.date("year", "month", "day").alias("date"),
            pl.exclude("year", "month", "day", "hour", "minute"),
            pl.when(pl.col("arr_delay").is_not_null()).then(late).alias("late"),
        )
        # Flights of one number side by side: the file is half as large.
        .sort("carrier", "flight", "origin", "dest", "date", "sched_dep_time", "tailnum", maintain_order=True)
    )


if __name__ == "__main__":
    source, out = sys.argv[1:]
    flights(pl.read_parquet(source)).write_parquet(
        out, compression="zstd", compression_level=19, row_group_size=300_000
    )

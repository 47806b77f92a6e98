"""How far the next batch may lie from the one that was seen: sampling error, which shrinks with rows, and a tolerance.

Everything is counted in shares of rows, never in the unit of a column, so that one rule serves heavy tails, ties and
every scale. The next batch is taken to have at least `FEWEST` of the rows: the row count is checked for that.
"""

from __future__ import annotations

import math

FEWEST = 2 / 3
"""The smallest next batch, as a share of the rows seen."""

MOST = 3 / 2
"""The largest next batch that is nothing to wonder at."""

# A suite of 80 columns asks several hundred questions, and one of a hundred suites may raise a false alarm: each
# question may err once in some ten thousand times. Five standard errors leave room for what is not normal.
ERRORS = 5.0
DRIFT = 0.6
"""Drift that is tolerated, in log-odds of a rank: the median may move to the 35 % or the 65 % quantile."""


def ranks(p: float, rows: int) -> tuple[float, float]:
    """Return between which quantiles of the rows seen the quantile `p` of the next batch lies.

    Args:
        p: between 0 and 1, both excluded.
        rows: how many values were seen.

    >>> [round(rank, 2) for rank in ranks(0.5, 1_000_000)], [round(rank, 2) for rank in ranks(0.5, 100)]
    ([0.35, 0.65], [0.1, 0.9])
    """
    error = math.sqrt((1 + 1 / FEWEST) / (rows * p * (1 - p)))
    odds, width = math.log(p / (1 - p)), DRIFT + ERRORS * error
    return tuple(1 / (1 + math.exp(-(odds + side * width))) for side in (-1, 1))  # type: ignore[return-value]  # two of them


def most(share: float, rows: int, *, tolerated: float = 0.01) -> float:
    """Return how large a share of the next batch may be of which `share` was seen in `rows`; at most 1.

    Args:
        share: what was seen.
        rows: in how many rows.
        tolerated: drift that is nothing to wonder at, on top of a quarter of the share.

    >>> round(most(0.0, 10_000), 3), round(most(0.1, 10_000), 3)
    (0.011, 0.159)
    """
    error = math.sqrt((share * (1 - share) + 1 / rows) * (1 + 1 / FEWEST) / rows)
    return min(1.0, 1.25 * share + tolerated + ERRORS * error)


def stray(rows: int) -> float:
    """Return the share of rows that may lie beyond everything seen: eight rows, or one in a thousand.

    >>> stray(100), stray(1_000_000)
    (0.08, 0.001)
    """
    return min(1 / 3, max(0.001, 8 / rows))


def unseen(singles: int, rows: int) -> float:
    """Return the share of rows that may hold values never seen.

    It is the share of values seen once (Good, 1953, https://doi.org/10.1093/biomet/40.3-4.237) with its error. Ten rows
    more, because rows of one rare value come together: all of `c` rows lie in the other half once in 2 ** c times.

    Args:
        singles: how many values were seen exactly once.
        rows: among how many rows.

    >>> round(unseen(0, 1000), 4), round(unseen(4, 1000), 4)
    (0.01, 0.018)
    """
    return min(1.0, (10 + singles + 2 * math.sqrt(singles)) / rows)


def divergence(values: int, rows: int, *, tolerated: float) -> float:
    """Return the Kullback-Leibler divergence of the next batch's shares that sampling and a tolerance explain.

    Twice the divergence times the rows follows a chi-squared distribution; its tail is bounded as by Laurent and
    Massart (2000), https://doi.org/10.1214/aos/1015957395.

    Args:
        values: how many values there are.
        rows: in how many rows they were counted.
        tolerated: drift that is nothing to wonder at, in nats.
    """
    tail = ERRORS**2 / 2
    freedom = max(values - 1, 1)
    chi_squared = freedom + 2 * math.sqrt(freedom * tail) + 2 * tail
    return tolerated + chi_squared * (1 + 1 / FEWEST) / (2 * rows)

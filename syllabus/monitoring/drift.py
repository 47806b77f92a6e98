"""Whether a column of a batch is distributed as the reference is: a test for chance, and an effect for size.

Numbers are tested by Kolmogorov and Smirnov's two-sample test, categories by Pearson's chi-squared test, shares by
Fisher's exact one, and how many lie beyond all of the reference by the ranks that chance gives them. A batch asks
dozens of such questions, so the p-values of all are corrected together for the false discovery rate (Benjamini and
Hochberg 1995). A large batch makes every trifle certain: what counts as drift has an effect beside its p-value, the
population stability index (Siddiqi 2006, "Credit Risk Scorecards"; from 0.1 on a moderate change, from 0.25 on a large
one) or a difference of shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from syllabus.monitoring.distributions import Categories, Numbers
from syllabus.monitoring.tally import Tally

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

GROUPS = 10
"""The stability index looks at so many groups of like size."""
EXPECTED = 5
"""Cells of the chi-squared test that expect fewer rows, on either side, are put together (Cochran 1954)."""


@dataclass
class Test:
    """What came of one question.

    Args:
        column: what it is about.
        kind: `values`, `missing`, `new` of categories, `beyond` of numbers out of range, `target` of
            the values of labels, or `unusual`.
        p: how often chance alone would give as much.
        effect: how large it is: the stability index of values, or a difference of shares.
        corrected: the p-value, corrected for all questions of the batch.
    """

    column: str
    kind: str
    p: float
    effect: float
    corrected: float = 1.0


def of(name: str, batch: Tally) -> list[Test]:
    """Return the tests of a column: its values, its missing ones, and those that train has not."""
    reference = batch.of
    asked = [Test(name, "missing", *shares(batch.missing, batch.rows, reference.missing, _rows(reference)))]
    if isinstance(reference, Categories):
        if reference.complete:
            # What stands once in the reference is new to its other rows: so often chance brings new ones (Good 1953).
            once = int((reference.counts == 1).sum())
            asked.append(Test(name, "new", *shares(batch.unlisted, batch.known, once, reference.known)))
        asked.append(Test(name, "values", *_of_categories(reference, batch)))
    elif not reference.moves:
        beyond = int(batch.counts[0] + batch.counts[-1]) if reference.known else 0
        draws = (round(reference.draws(rows)) for rows in (beyond, batch.known, reference.known))
        asked.append(Test(name, "beyond", outside(*draws), beyond / max(batch.known, 1)))
        asked.append(Test(name, "values", *_of_numbers(reference, batch)))
    return asked


def correct(asked: Sequence[Test]) -> None:
    """Correct the p-values of all questions of a batch together."""
    from scipy.stats import false_discovery_control

    if asked:
        for test, corrected in zip(asked, false_discovery_control([test.p for test in asked]), strict=True):
            test.corrected = float(corrected)


def shares(some: int, rows: int, reference: int, of: int) -> tuple[float, float]:
    """Return the p-value of two shares, and by how much that of the batch is larger."""
    from scipy.stats import fisher_exact

    if not rows or not of:
        return 1.0, 0.0
    p = fisher_exact([[some, rows - some], [reference, of - reference]]).pvalue
    return float(p), some / rows - reference / of


def outside(some: int, rows: int, known: int) -> float:
    """Return how often so many of a batch's rows, or more, lie beyond both ends of as many known ones by chance.

    Where all are drawn alike, each order of them is as likely: of the `known + rows` ranks the outer ones fall to the
    batch. Of numbers that stand several times it is rather too large.
    """
    from scipy.special import gammaln

    if not rows or not known or not some:
        return 1.0
    inner = rows - some
    ways = gammaln([inner + known + 1, rows + 1]).sum() - gammaln([inner + 1, rows + known + 1]).sum()
    return float(min(1.0, np.exp(ways) * (1 + some * known / (inner + known))))


def kolmogorov(reference: NDArray[np.int64], batch: NDArray[np.int64]) -> float:
    """Return the largest distance of two distributions that are counted in the same bins."""
    known, seen = reference.sum(), batch.sum()
    return float(np.abs(np.cumsum(reference) / known - np.cumsum(batch) / seen).max()) if known and seen else 0.0


def stability(reference: NDArray[np.int64], batch: NDArray[np.int64]) -> float:
    """Return the population stability index of two counts of the same groups.

    Half a row is added to each group of the reference, and to the batch one row that lies as these do: so no group is
    empty, and the index of few rows stays small.
    """
    known = reference + 0.5
    expected = known / known.sum()
    seen = (batch + expected) / (batch.sum() + 1)
    return float(((seen - expected) * np.log(seen / expected)).sum())


def _rows(reference: Numbers | Categories) -> int:
    return reference.known + reference.missing


def _of_numbers(reference: Numbers, batch: Tally) -> tuple[float, float]:
    from scipy.stats import kstwo

    known, seen = reference.known, batch.known
    if not known or not seen:
        return 1.0, 0.0
    # Between the ends of bins the distance may be larger, and chance with it: the p-value is rather too large.
    alike = max(1, round(reference.draws(known * seen / (known + seen))))
    p = float(kstwo.sf(kolmogorov(reference.counts, batch.counts), alike))
    groups = _grouped(reference.counts)
    return min(p, 1.0), stability(_summed(reference.counts, groups), _summed(batch.counts, groups))


def _grouped(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `(b,)`, the group of each bin.

    One lies below and one above all of the reference, and between them some are of like size. A value that is a tenth
    of the rows or more is a group by itself, so that it does not hide the others.
    """
    inner = counts[1:-1]
    often = inner * GROUPS >= counts.sum()
    rest = np.where(often, 0, inner)
    before = np.cumsum(rest) - rest
    groups = 1 + np.floor(before / max(rest.sum(), 1) * GROUPS + 1e-9).astype(np.int64)
    groups[often] = GROUPS + 1 + np.arange(often.sum())
    each: NDArray[np.int64] = np.r_[0, groups, 2 * GROUPS + 2]
    return each


def _summed(counts: NDArray[np.int64], groups: NDArray[np.int64]) -> NDArray[np.int64]:
    found = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    np.add.at(found, groups, counts)
    there = np.bincount(groups, minlength=len(found)) > 0
    kept: NDArray[np.int64] = found[there]
    return kept


def _of_categories(reference: Categories, batch: Tally) -> tuple[float, float]:
    from scipy.stats import chi2_contingency

    seen = batch.known
    if not reference.known or not seen:
        return 1.0, 0.0
    whole = _cells(np.r_[reference.counts, reference.others], np.r_[batch.counts, batch.unlisted])
    effect = stability(whole[0], whole[1])
    if whole.shape[1] == 1:
        return 1.0, effect
    if whole.shape[1] == 2:
        # Of two cells the exact test holds, however few rows they expect.
        return shares(int(whole[1, 0]), seen, int(whole[0, 0]), reference.known)[0], effect
    return float(chi2_contingency(whole, correction=False).pvalue), effect


def _cells(known: NDArray[np.int64], found: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return `(2, k)`, the cells of both with the rare ones put together until they expect enough, or two are left."""
    least = known * min(1.0, found.sum() / known.sum())
    order = np.argsort(-least, kind="stable")
    least, table = least[order], np.stack([known, found])[:, order]
    kept = max(1, int((least >= EXPECTED).sum()))
    while kept > 1 and least[kept:].sum() < EXPECTED and table[:, kept:].any():
        kept -= 1
    whole = np.column_stack([table[:, :kept], table[:, kept:].sum(axis=1)])
    cells: NDArray[np.int64] = whole[:, whole.sum(axis=0) > 0]
    return cells

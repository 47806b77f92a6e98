"""How forecasts do by steps ahead and by series, and the rows of the plots."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus.examination import blocks

if TYPE_CHECKING:
    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.answers import Table
    from syllabus.examination.forecasts import Forecasts

    Floats = NDArray[np.float64]

LISTED = 30
"""The worst series, and the largest errors, that are told."""
LARGEST = 10
DRAWN = 3
"""So many series are drawn: the best, the middle and the worst."""
STEPS = 150
"""Of each, so many steps at the most."""
UNSEEN = "(not in train)"


def findings(answers: Forecasts, frame: pl.DataFrame | None = None) -> dict[str, Any]:
    """Return the errors by steps ahead and by series, the intervals, and the largest errors."""
    made = answers.bands
    found = series(answers)
    codes = blocks.of(answers)
    return {
        "transform": answers.task.transform,
        "season": answers.task.season,
        "horizon": answers.target.shape[1],
        "quantiles": list(answers.task.quantiles),
        "origins": len(np.unique(answers.origin)),
        "blocks": 0 if codes is None else int(codes.max()) + 1,
        "intervals": None if made is None else {"level": made.level, "rows": made.rows},
        "leads": by_lead(answers),
        "series": found[:LISTED],
        "many": len(found),
        "largest": largest(answers),
    }


def pinball(target: Floats, given: Floats, quantiles: Sequence[float]) -> Floats:
    """Return `(n, h)` mean pinball losses of quantiles `(n, h, q)` of values `(n, h)`, NaN where there is no value."""
    above, levels = target[:, :, None] - given, np.array(quantiles)
    losses: Floats = np.maximum(levels * above, (levels - 1) * above).mean(axis=2)
    return losses


def by_lead(answers: Forecasts) -> list[dict[str, Any]]:
    """Return for each step ahead the errors of the model and of the seasonal naive forecast, and the intervals."""
    if not len(answers):
        return []
    low, high = answers.ends
    told = {
        "mae": abs(answers.errors),
        "naive": abs(answers.naive - answers.target),
        "mase": abs(answers.errors) / answers.naive_error[:, None],
        "quantile_loss": pinball(answers.target, answers.given, answers.task.quantiles),
        "coverage": np.where(answers.known & (answers.bands is not None), answers.held, np.nan),
        "width": np.where(answers.known, high - low, np.nan),
    }
    means = {name: [_mean(of[:, lead]) for lead in range(of.shape[1])] for name, of in told.items()}
    count = answers.known.sum(axis=0)
    return [
        {"lead": lead + 1, "n": int(count[lead]), **{name: of[lead] for name, of in means.items()}}
        for lead in range(len(count))
    ]


def series(answers: Forecasts) -> list[dict[str, Any]]:
    """Return how each series is forecast, the worst by MASE first and those without one last."""
    found = []
    for code in np.unique(answers.series):
        part = answers.rows(answers.series == code)
        naive, error = _mean(abs(part.naive - part.target)), _mean(abs(part.errors))
        covered = _mean(np.where(part.known, part.held, np.nan)) if part.bands else None
        found.append(
            {
                "series": _name(answers, int(code)),
                "n": len(part),
                "mae": error,
                "naive": naive,
                "mase": _mean(abs(part.errors) / part.naive_error[:, None]),
                "coverage": covered,
            }
        )
    return sorted(found, key=lambda one: (one["mase"] is None, -(one["mase"] or 0.0), one["series"]))


def largest(answers: Forecasts) -> list[dict[str, Any]]:
    """Return the values that were forecast worst, each once, by their series and their moment."""
    # Series are set against their own naive error, or the largest would be all that is listed.
    units = np.where(np.isnan(answers.naive_error), 1.0, answers.naive_error)
    apart = np.where(answers.known, abs(answers.errors) / units[:, None], -1.0)
    low, high = answers.ends
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for at in np.argsort(-apart, axis=None, kind="stable"):
        n, lead = divmod(int(at), apart.shape[1])
        place = (int(answers.series[n]), int(answers.moments[n, lead]))
        if len(found) == LARGEST or apart[n, lead] < 0:
            break
        found.setdefault(
            place,
            {
                "series": _name(answers, place[0]),
                "moment": _moment(place[1]),
                "lead": lead + 1,
                "actual": float(answers.target[n, lead]),
                "predicted": float(answers.middle[n, lead]),
                "low": float(low[n, lead]),
                "high": float(high[n, lead]),
            },
        )
    return list(found.values())


def plots(answers: Forecasts) -> dict[str, Table]:
    """Return the rows of the errors by steps ahead, and of some forecasts beside what came."""
    names = ["lead", "mae", "naive", "coverage", "level", "width"]
    level = answers.bands.level if answers.bands else None
    leads = [{name: row.get(name, level) for name in names} for row in by_lead(answers)]
    return {
        "leads": (_rounded(leads), names),
        "forecasts": (_rounded(_drawn(answers)), ["series", "moment", "actual", "predicted", "low", "high"]),
    }


def _drawn(answers: Forecasts) -> list[dict[str, Any]]:
    """Return forecasts that follow each other without overlap, of the best, the middle and the worst series."""
    if not len(answers):
        return []
    ranked = [one["series"] for one in series(answers)]
    chosen = list(dict.fromkeys(ranked[place] for place in (-1, len(ranked) // 2, 0)))[:DRAWN]
    low, high = answers.ends
    rows = []
    for name in chosen:
        own = np.flatnonzero([_name(answers, int(code)) == name for code in answers.series])
        own, free, steps = own[np.argsort(answers.origin[own], kind="stable")], -1, 0
        if name == UNSEEN:
            own = own[answers.origin[own] == answers.origin[own][0]][:1]
        for n in own:
            if answers.origin[n] < free or steps >= STEPS:
                continue
            free, steps = int(answers.origin[n]) + answers.target.shape[1], steps + answers.target.shape[1]
            rows += [
                {
                    "series": name,
                    "moment": _moment(int(answers.moments[n, lead])),
                    "actual": _number(answers.target[n, lead]),
                    "predicted": _number(answers.middle[n, lead]),
                    "low": _number(low[n, lead]),
                    "high": _number(high[n, lead]),
                }
                for lead in range(answers.target.shape[1])
            ]
    return rows


def _name(answers: Forecasts, code: int) -> str:
    if code < 0:
        return UNSEEN
    return answers.names[code] or "(all)" if code < len(answers.names) else str(code)


def _moment(seconds: int) -> str:
    at = dt.datetime.fromtimestamp(seconds, dt.UTC).replace(tzinfo=None)
    return at.isoformat(sep=" ", timespec="minutes").removesuffix(" 00:00")


def _mean(of: Floats) -> float | None:
    known = of[np.isfinite(of)]
    return float(known.mean()) if len(known) else None


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _rounded(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: float(f"{v:.6g}") if isinstance(v, float) else v for name, v in row.items()} for row in rows]

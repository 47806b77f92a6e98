"""Set every candidate of the example of ratings beside plain scikit-learn, on its test rows.

python examples/recommenders.py [plain], after `dvc repro` in ratings; with `plain`, the parts alone are needed. The
plain models are the mean, ridge regression on users and items as columns (biases), popularity, and the singular vectors
of who rated whom (PureSVD: Cremonesi, Koren and Turrin 2010), whose number is chosen on validation. Ranks are
counted here once more, without Syllabus. An example examines its winner alone on test; what this prints of the others
chose nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from scipy.sparse import csr_array
from sklearn.decomposition import TruncatedSVD
from sklearn.linear_model import Ridge
from sklearn.preprocessing import OneHotEncoder

from syllabus import frames, models, params, training
from syllabus.examination import rating
from syllabus.models import Model

HERE = Path(__file__).parent / "ratings"
PARTS = HERE / "artifacts/split"
OF_VALUES: dict[str, dict[str, Any]] = {"factorization": {"factors": 8}, "neighbours": {}}
"""What learns values where they are the goal, with its defaults or nearly so."""
USER, ITEM, VALUE = "student", "lecturer", "rating"


def ranking(scores: Any, seen: Any, rows: Any) -> tuple[float, float]:
    """Return NDCG@10 and recall@10, means over users, of scores `(users, items)`; what train has is not ranked."""
    scores = np.where(seen, -np.inf, scores)
    ndcg, recall = [], []
    for user in np.unique(rows[:, 0]):
        liked = rows[rows[:, 0] == user, 1]
        top = np.argsort(-scores[user], kind="stable")[:10]
        gains = np.isin(top, liked) / np.log2(2 + np.arange(len(top)))
        ndcg.append(gains.sum() / (1 / np.log2(2 + np.arange(min(10, len(liked))))).sum())
        recall.append(np.isin(liked, top).mean())
    return float(np.mean(ndcg)), float(np.mean(recall))


def plain() -> dict[str, tuple[float | None, float | None, float | None]]:
    """Return RMSE, NDCG@10 and recall@10 of what scikit-learn has."""
    held = {part: pl.read_parquet(PARTS / f"{part}.parquet") for part in ("train", "validation", "test")}
    whole = pl.concat(held.values())
    names = {name: {key: at for at, key in enumerate(whole[name].unique().sort())} for name in (USER, ITEM)}
    codes = {
        part: np.column_stack([rows[name].replace_strict(names[name]).to_numpy() for name in (USER, ITEM)])
        for part, rows in held.items()
    }
    value = {part: rows[VALUE].to_numpy().astype(float) for part, rows in held.items()}
    columns = OneHotEncoder(categories=[range(len(names[name])) for name in (USER, ITEM)]).fit(codes["train"])

    def rmse(answered: Any, part: str = "test") -> float:
        return float(np.sqrt(np.mean((np.clip(answered, 1, 5) - value[part]) ** 2)))

    fits = [
        Ridge(alpha, solver="sparse_cg").fit(columns.transform(codes["train"]), value["train"])
        for alpha in (2, 5, 10, 20)
    ]
    best = min(fits, key=lambda one: rmse(one.predict(columns.transform(codes["validation"])), "validation"))
    shape = (len(names[USER]), len(names[ITEM]))
    seen = csr_array((np.ones(len(codes["train"])), codes["train"].T), shape=shape)
    dense = seen.toarray() > 0
    popular = np.tile(dense.sum(axis=0), (shape[0], 1))

    def scores(count: int) -> Any:
        svd = TruncatedSVD(count, random_state=0)
        return svd.fit_transform(seen) @ svd.components_

    found = [scores(count) for count in (8, 16, 32, 64)]
    chosen = max(found, key=lambda one: ranking(one, dense, codes["validation"]))
    return {
        "the mean": (rmse(np.full(len(value["test"]), value["train"].mean())), None, None),
        "scikit-learn, biases by ridge": (rmse(best.predict(columns.transform(codes["test"]))), None, None),
        "popularity": (None, *ranking(popular, dense, codes["test"])),
        "scikit-learn, singular vectors": (None, *ranking(chosen, dense, codes["test"])),
    }


def ours(model: Model, test: pl.LazyFrame) -> tuple[float, float, float]:
    """Return RMSE, NDCG@10 and recall@10 of a model on test."""
    examples = model.examples(test)
    answers = rating.answered(model.answers(examples), examples)
    return (rating.value("rmse", answers), rating.value("ndcg_at_10", answers), rating.value("recall_at_10", answers))


def main() -> None:
    print("| candidate | RMSE | NDCG@10 | recall@10 |\n|---|---|---|---|")
    test = frames.scan(PARTS / "test.parquet")
    lines: dict[str, Any] = {}
    if sys.argv[1:] != ["plain"]:
        settings = params.read(HERE / "params.yaml")
        for candidate in settings.candidates:
            lines[candidate] = ours(models.load(HERE / "artifacts/tune" / candidate / "model"), test)
        valued = settings.data.model_copy(update={"options": {**settings.data.options, "goal": "values"}})
        prepared = training.prepare(valued, PARTS)
        for name, chosen in OF_VALUES.items():
            lines[f"{name}, of values"] = ours(training.fit(name, chosen, prepared, seed=settings.seed)[0], test)
    for name, figures in (lines | plain()).items():
        print(f"| {name} | {' | '.join('' if one is None else f'{one:.3f}' for one in figures)} |")


if __name__ == "__main__":
    main()

"""Ratings beside the libraries that people take: python -m benchmarks.ratings [TABLE USER ITEM VALUE]

By default the ratings of `examples/ratings`, a fifth of them held back. Our implicit factors against `implicit`, with
the same factors, ridge, confidence and turns: fitted by exact solutions, as ours are, and by its conjugate gradients.
Our biased factors against the SVD of `surprise`, each with its own defaults. One thread each. Ranks are counted once,
by the same lines for both. Needs `pip install implicit scikit-surprise`.
"""

from __future__ import annotations

import sys
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import polars as pl
from threadpoolctl import threadpool_limits

from syllabus.architectures import factorization
from syllabus.examples import Examples
from syllabus.modalities import ratings
from syllabus.ratings import answering
from syllabus.settings import Data

DATA = ("examples/ratings/data/ratings.parquet", "student", "lecturer", "rating")
FACTORS, RIDGE, CONFIDENCE, TURNS, ROUNDS, TOP = 64, 10.0, 5.0, 6, 3, 10


def parts(told: list[str], goal: str) -> list[Examples]:
    """Return train, what a fit of ours watches to stop, and what is held back from all."""
    path, user, item, value = told
    table = pl.read_parquet(Path(path)).select(user, item, value).sample(fraction=1, shuffle=True, seed=1)
    table = table.unique([user, item], keep="first", maintain_order=True).with_row_index("row", offset=1)
    ends = [0, int(0.7 * len(table)), int(0.8 * len(table)), len(table)]
    options = {"user": user, "item": item, "goal": goal}
    data = Data(modality="ratings", source=path, target=value, task="rating", options=options)
    learned = ratings.learn(table[: ends[1]].lazy(), data)
    return [ratings.examples(table[low:high].lazy(), learned) for low, high in pairwise(ends)]


def timed(work: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return the least seconds and CPU seconds of some rounds, and what came of the last."""
    spent = []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        made = work()
        spent.append((time.perf_counter() - wall, time.process_time() - cpu))
    return (*np.array(spent).min(axis=0).tolist(), made)


def ndcg(users: Any, items: Any, seen: Any, test: Examples) -> float:
    """Return NDCG@10, the mean over users of test whom train has."""
    found = []
    held = np.column_stack([test.arrays["user"], test.arrays["item"]])
    for user in np.unique(held[held[:, 0] >= 0, 0]):
        right = held[held[:, 0] == user, 1]
        scores = items @ users[user]
        scores[seen[[user]].indices] = -np.inf
        gains = np.isin(np.argsort(-scores)[:TOP], right) / np.log2(2 + np.arange(TOP))
        found.append(gains.sum() / (1 / np.log2(2 + np.arange(min(TOP, len(right))))).sum())
    return float(np.mean(found))


def by_ranks(told: list[str]) -> None:
    from implicit.cpu.als import AlternatingLeastSquares
    from scipy.sparse import csr_matrix

    train, watched, test = parts(told, "ranks")
    count = answering.sizes(train)
    seen = csr_matrix((np.ones(len(train)), (train.arrays["user"], train.arrays["item"])), shape=count)
    chosen = factorization.Params(factors=FACTORS, ridge=RIDGE, confidence=CONFIDENCE, iterations=TURNS, patience=TURNS)

    def whole() -> factorization.Fitted:
        return factorization.fit(chosen, train, watched, seed=1, report=lambda *_: None)

    def turns() -> factorization.Fitted:
        falling = iter(range(2 * TURNS, 0, -1))
        with mock.patch.object(answering, "loss", side_effect=falling):
            return whole()

    def theirs(gradients: bool) -> Callable[[], Any]:
        def fit() -> Any:
            model = AlternatingLeastSquares(
                factors=FACTORS, regularization=RIDGE, alpha=1 + CONFIDENCE, iterations=TURNS, num_threads=1,
                use_cg=gradients, random_state=1, dtype=np.float64,
            )  # fmt: skip
            model.fit(seen, show_progress=False)
            return model

        return fit

    lines = {"ours, the turns": timed(turns), "ours, with its curve": timed(whole)}
    lines |= {"implicit, exact": timed(theirs(False)), "implicit, its default": timed(theirs(True))}
    bare = lines["implicit, exact"][1]
    print(
        f"{len(train):,} ratings, {count[0]:,} users, {count[1]:,} items, {FACTORS} factors, {TURNS} turns, one thread"
    )
    for name, (wall, cpu, model) in lines.items():
        ours = isinstance(model, factorization.Fitted)
        vectors = (model.users, model.items) if ours else (model.user_factors, model.item_factors)
        told_of = f"{wall:6.2f} s {cpu:6.2f} cpu s, {cpu / bare:5.2f} of implicit, exact"
        print(f"{name:<24}{told_of}; NDCG@{TOP} {ndcg(*vectors, seen, test):.4f}")
    model = lines["ours, the turns"][2]
    ranked = timed(lambda: model.predict(test))
    many = len(np.unique(test.arrays["user"]))
    known = np.unique(test.arrays["user"][test.arrays["user"] >= 0])
    library = lines["implicit, exact"][2]
    listed = timed(lambda: library.recommend(known, seen[known], N=TOP))
    print(f"ranks of {len(test):,} rows {many / ranked[1]:,.0f} users a CPU second; implicit's lists of {TOP} "
          f"{len(known) / listed[1]:,.0f}; ratio {ranked[1] / listed[1]:.2f} in CPU time")  # fmt: skip


def by_values(told: list[str]) -> None:
    from surprise import SVD, Dataset, Reader

    train, watched, test = parts(told, "values")
    scale = (float(train.labels.min()), float(train.labels.max()))
    pairs = [zip(*(one.arrays[name].tolist() for name in ("user", "item")), strict=True) for one in (train, test)]
    rated = [(user, item, value, None) for (user, item), value in zip(pairs[0], train.labels.tolist(), strict=True)]
    trainset = Dataset(Reader(rating_scale=scale)).construct_trainset(rated)
    ours = timed(lambda: factorization.fit(factorization.Params(), train, watched, seed=1, report=lambda *_: None))
    theirs = timed(lambda: SVD(random_state=1).fit(trainset))
    answers = ours[2].values(test).clip(*scale)
    said = np.array([theirs[2].predict(user, item).est for user, item in pairs[1]])
    for name, (wall, cpu, _), given in (("ours, biased", ours, answers), ("surprise, SVD", theirs, said)):
        error = np.sqrt(np.mean((given - test.labels) ** 2))
        print(f"{name:<24}{wall:6.2f} s {cpu:6.2f} cpu s, {cpu / theirs[1]:5.2f} of surprise; RMSE {error:.4f}")


def main() -> None:
    if lacking := [name for name in ("implicit", "surprise") if find_spec(name) is None]:
        sys.exit(f"{' and '.join(lacking)} not installed: pip install implicit scikit-surprise")
    warnings.simplefilter("ignore")  # implicit warns of what BLAS is set to
    told = sys.argv[1:] or list(DATA)
    with threadpool_limits(1):
        by_ranks(told)
        by_values(told)


if __name__ == "__main__":
    main()

"""Free text as numbers, against TF-IDF and logistic regression: python -m benchmarks.texts DATA

What an architecture here makes of the numbers that texts become, against scikit-learn's logistic regression on all of
the TF-IDF weights. Both learn from the same 70 % of the rows, and are held to the same 15 %.
"""

from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path

import numpy as np
import polars as pl

from syllabus import architectures, features
from syllabus.settings import Data

TABLES = {
    "spam_emails_3k": (["subject", "body"], "label"),
    "debian_packages": (["Synopsis"], "Section"),
    "novels": (["text"], "author"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a folder of Parquet tables")
    options = parser.parse_args()
    for name, (asked, target) in TABLES.items():
        frame = pl.read_parquet(options.data / f"{name}.parquet")
        named = {column.lower(): column for column in frame.columns}
        columns, target = [named[column.lower()] for column in asked], named[target.lower()]
        frame = frame.drop_nulls(target).select(*columns, target).sample(fraction=1, shuffle=True, seed=1)
        frame = frame.with_row_index("row", offset=1)
        ends = [0, int(0.7 * len(frame)), int(0.85 * len(frame)), len(frame)]
        parts = [frame[low:high] for low, high in pairwise(ends)]
        theirs = usual(parts, columns, target)
        print(f"{name}, {len(frame):,} rows, {', '.join(columns)}: TF-IDF and regression {theirs:.4f}")
        data = Data(modality="tables", source=name, target=target, columns=dict.fromkeys(columns, "text"))
        learned = features.learn(parts[0].lazy(), data)
        train, validation, test = (features.examples(part.lazy(), learned) for part in parts)
        for candidate in ("lightgbm", "linear", "tree"):
            architecture = architectures.load(candidate)
            fitted = architecture.fit(architecture.Params(), train, validation, seed=1, report=lambda *_: None)
            found = (fitted.predict(test).argmax(axis=1) == test.labels).mean()
            print(f"  {candidate} on {train.arrays['numeric'].shape[1]} numbers: accuracy {found:.4f}", flush=True)


def usual(parts: list[pl.DataFrame], columns: list[str], target: str) -> float:
    """Return the accuracy of the usual way on the last part."""
    from scipy.sparse import hstack
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    train, _, test = ({name: part[name].fill_null("").to_list() for name in (*columns, target)} for part in parts)
    found = [TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True).fit(train[name]) for name in columns]
    known, asked = (
        hstack([one.transform(part[name]) for one, name in zip(found, columns, strict=True)]) for part in (train, test)
    )
    fitted = LogisticRegression(C=10, max_iter=300).fit(known, train[target])
    return float((fitted.predict(asked) == np.array(test[target])).mean())


if __name__ == "__main__":
    main()

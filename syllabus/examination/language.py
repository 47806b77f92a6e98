"""The examiner of language models: the values of its metrics under any weights, its baseline, and what else it shows.

`bits_per_byte` is what a byte of text costs whatever the pieces in which a model reads it, so that models with unlike
alphabets compare; `perplexity` and `token_accuracy` are of a model's own pieces, and compare no two alphabets.
Documents are resampled whole. The end of each is asked for like any other piece.
"""

from __future__ import annotations

import lzma
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from syllabus import frames, generation
from syllabus.examination import texts
from syllabus.examination.texts import NATS, RIGHT, TOKENS, Texts
from syllabus.settings import Samples

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

    from syllabus.examination.answers import Table
    from syllabus.examination.fairness import Attribute
    from syllabus.examination.metrics import Metric
    from syllabus.examples import Examples
    from syllabus.models import Model
    from syllabus.settings import Examination, Threshold

    Floats = NDArray[np.float64]

LISTED = 10
COMPRESSED = 64_000_000
"""A compressor reads train and then test where both have fewer bytes."""
PIECES = 60


def answered(given: NDArray[Any], examples: Examples, threshold: float | Threshold = 0.5) -> Texts:
    """Return what documents cost, `(n, 3)`, beside how often each byte stands in them."""
    return Texts.of(given, examples.labels)


def finished(answers: Callable[[str], Texts], asked: Examination, seed: int) -> tuple[Texts, Texts]:
    """Return the answers on validation and on test: there is nothing to learn of them."""
    return answers("validation"), answers("test")


def learned(answers: Texts) -> dict[str, Any]:
    """Return nothing."""
    return {}


def prior(train: Examples) -> tuple[float, ...]:
    """Return how often the end of a document and each byte is in train; what is not there, as half of one would be."""
    counts = np.r_[len(train), train.labels.sum(axis=0)].astype(np.float64)
    counts[counts == 0] = 0.5
    return tuple(float(share) for share in counts / counts.sum())


def baseline(held: Mapping[str, Examples], asked: Examination) -> dict[str, float | None]:
    """Return the metrics on test of a model that knows how often each byte is, and nothing of their order."""
    shares, counts = prior(held["train"]), held["test"].labels
    symbols = counts.sum(axis=1) + 1
    nats = texts.prior_bits(counts, shares) * np.log(2)
    likeliest = int(np.argmax(shares))
    right = counts[:, likeliest - 1] if likeliest else np.ones(len(counts))
    known = Texts.of(np.column_stack([nats, symbols, right]), counts)
    return {name: value(name, known) for name in METRICS}


def value(name: str, answers: Texts) -> float:
    """Return a metric's value."""
    return float(METRICS[name](answers, np.ones((1, len(answers))))[0])


def lacks(metric: Metric, answers: Texts) -> str | None:
    """Return nothing: a document has at least a byte."""
    return None


def weighted(answers: Texts, names: Iterable[str], weights: Floats) -> dict[str, Floats]:
    """Return `(b,)` values of each metric, one for each row of `weights`, `(b, n)`."""
    return {name: METRICS[name](answers, weights) for name in names}


def audit(answers: Texts, frame: pl.DataFrame, sensitive: Sequence[str], *, min_group: int) -> list[Attribute]:
    """Return nothing: a document is no person."""
    return []


def findings(answers: Texts, frame: pl.DataFrame | None) -> dict[str, Any]:
    """Return the size of the part, and the documents whose bytes cost most, by the numbers of their rows."""
    each = answers.costs[:, NATS] / np.log(2) / answers.target
    worst = np.argsort(-each, kind="stable")[:LISTED]
    numbers = None if frame is None else frame[frames.ROW].to_numpy()
    return {
        "bytes": int(answers.target.sum()),
        "tokens": int(answers.costs[:, TOKENS].sum()),
        "costly": [
            {
                "row": int(at if numbers is None else numbers[at]),
                "bytes": int(answers.target[at]),
                "bits_per_byte": float(each[at]),
            }
            for at in worst
        ],
    }


def plots(answers: Texts) -> dict[str, Table]:
    """Return what each document costs, by its length."""
    each = answers.costs[:, NATS] / np.log(2) / answers.target
    rows = [
        {"bytes": int(size), "bits_per_byte": round(float(bits), 6)}
        for size, bits in sorted(zip(answers.target.tolist(), each.tolist(), strict=True))
    ]
    return {"documents": (rows, ["bytes", "bits_per_byte"])}


def shown(model: Model, parts: Path, asked: Examination, *, seed: int) -> dict[str, Any]:
    """Return what the winner writes, in which pieces it reads, and what a compressor makes of test after train."""
    samples = asked.samples or Samples()
    written = [
        {"prompt": prompt, "text": "".join(generation.write(model, prompt, samples, seed=seed + place))}
        for place, prompt in enumerate(samples.prompts)
    ]
    return {
        "samples": {"written": written, **samples.model_dump(mode="json", exclude={"prompts"})},
        "pieces": generation.pieces(model)[:PIECES],
        "xz": _xz(parts),
    }


def _xz(parts: Path) -> float | None:
    """Return the bits that xz takes for a byte of test once it has read train; None where both together are large."""
    import polars as pl

    held = [frames.scan(parts / f"{name}.parquet") for name in ("train", "test")]
    sizes = [int(part.select(pl.col("bytes").sum()).collect().item()) for part in held]
    if sum(sizes) > COMPRESSED:
        return None
    train, test = ("".join(part.select("text").collect()["text"]).encode() for part in held)
    # The dictionary reaches back over all of it, so that what test shares with train is found.
    best: list[dict[str, Any]] = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "dict_size": 1 << 26}]

    def size(content: bytes) -> int:
        return len(lzma.compress(content, lzma.FORMAT_RAW, filters=best))

    return 8 * (size(train + test) - size(train)) / len(test)


def _bits_per_byte(answers: Texts, weights: Floats) -> Floats:
    bits: Floats = (weights @ answers.costs[:, NATS]) / (weights @ answers.target) / np.log(2)
    return bits


def _perplexity(answers: Texts, weights: Floats) -> Floats:
    raised: Floats = np.exp((weights @ answers.costs[:, NATS]) / (weights @ answers.costs[:, TOKENS]))
    return raised


def _token_accuracy(answers: Texts, weights: Floats) -> Floats:
    share: Floats = (weights @ answers.costs[:, RIGHT]) / (weights @ answers.costs[:, TOKENS])
    return share


METRICS: Mapping[str, Callable[[Texts, Floats], Floats]] = {
    "bits_per_byte": _bits_per_byte,
    "perplexity": _perplexity,
    "token_accuracy": _token_accuracy,
}

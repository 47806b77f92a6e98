"""Free text as numbers: how its words speak for each class, and what it is about, as learned from a sample of texts.

A text becomes a row of TF-IDF weights (Salton and Buckley 1988). What is kept of a row are

- *scores*: how much its words speak for each class, in log-odds (naive Bayes, Rennie et al. 2003), or for each quarter
  of a number's values. A text's own target has no part in its scores, or a model would trust them too much: texts fall
  into `FOLDS` by a checksum, and each is scored by what the other folds say. A new text has a fold as well;
- the weights of the words that tell the target best;
- *themes*: the first right singular vectors of the sample's rows (Deerwester et al. 1990).

All of it is plain numbers, the same to the bit whatever the number of threads; SciPy is imported to learn, not to read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from syllabus.texts import learning
from syllabus.texts.words import chunks, folds, frequencies, matrix, tokens, weights

if TYPE_CHECKING:
    import polars as pl

    from syllabus.texts.words import Floats

ARRAYS = ("rarity", "scores", "themes")
LENGTHS = 2
"""The first numbers tell how long a text is, and all others sum up its words."""
TEXTS, LETTERS = 50_000, 20_000_000
"""The most texts, and the most letters in all, that a vocabulary is learned from."""


@dataclass(frozen=True, eq=False)
class Vectorizer:
    """What was learned of one column of texts.

    Args:
        words: `V` words and pairs, sorted.
        rarity: `(V,)`, how much a word counts: the rarer, the more.
        speaks: for what each of the `c` scores speaks.
        scores: `(FOLDS, c, V) float32`, how much each word speaks for it, learned without the texts of the fold.
        telling: `(w,) int64`, which words become numbers of their own.
        themes: `(k, V) float32`, the weights of each theme's words.
    """

    words: tuple[str, ...]
    rarity: Floats
    speaks: tuple[str, ...]
    scores: NDArray[np.float32]
    telling: NDArray[np.int64]
    themes: NDArray[np.float32]

    @property
    def names(self) -> tuple[str, ...]:
        """What each number is, in the order of `numbers`."""
        told = [f"theme {number} ({', '.join(_heaviest(self, row))})" for number, row in enumerate(self.themes, 1)]
        own = [f"word “{self.words[place]}”" for place in self.telling]
        return ("letters", "words", *(f"speaks for {one}" for one in self.speaks), *own, *told)

    def numbers(self, texts: pl.Series) -> Floats:
        """Return `(n, 2 + c + w + k)` numbers: letters, words, scores, the telling words' weights, the themes'.

        A missing text has no length, NaN, and no words; a word that was never seen counts in the lengths alone.
        """
        found = np.zeros((len(texts), len(self.names)))
        for start, chunk in chunks(texts):
            self._fill(found[start : start + len(chunk)], chunk)
        return found

    def _fill(self, part: Floats, chunk: pl.Series) -> None:
        found = tokens(chunk)
        part[:, 0] = chunk.str.len_chars().cast(float).fill_null(float("nan")).to_numpy()
        single = found.filter(~found["pair"])["row"].to_numpy()
        part[:, 1] = np.where(np.isnan(part[:, 0]), np.nan, np.bincount(single, minlength=len(part)))
        rows, codes, weight = weights(found, self.words, self.rarity, len(part))
        place = np.full(len(self.words), -1)
        place[self.telling] = np.arange(2 + len(self.speaks), 2 + len(self.speaks) + len(self.telling))
        own = place[codes] >= 0
        part[rows[own], place[codes[own]]] = weight[own]
        fold = folds(chunk)[rows]
        # A number at a time: the sum over a row then takes the same way whichever rows are asked for.
        for number in range(len(self.speaks)):
            part[:, 2 + number] = np.bincount(rows, weight * self.scores[fold, number, codes], len(part))
        for number, theme in enumerate(self.themes, part.shape[1] - len(self.themes)):
            part[:, number] = np.bincount(rows, weight * theme[codes], len(part))

    def terms(self, texts: pl.Series, most: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Return the codes of each text's words, -1 beyond its last one, and their weights, both `(n, most)`.

        Of a text with more of them, those of the largest weights are kept.
        """
        codes, held = np.full((len(texts), most), -1, np.int32), np.zeros((len(texts), most), np.float32)
        for start, chunk in chunks(texts):
            rows, found, weight = weights(tokens(chunk), self.words, self.rarity, len(chunk))
            order = np.lexsort((found, -weight, rows))
            rows, found, weight = rows[order], found[order], weight[order]
            place = np.arange(len(rows)) - np.searchsorted(rows, rows)
            kept = place < most
            codes[start + rows[kept], place[kept]] = found[kept]
            held[start + rows[kept], place[kept]] = weight[kept]
        return codes, held

    def most_terms(self, texts: pl.Series) -> int:
        """Return how many known words the text has that has most of them."""
        counts = [
            np.bincount(weights(tokens(chunk), self.words, self.rarity, len(chunk))[0]).max(initial=0)
            for _, chunk in chunks(texts)
        ]
        return int(max(counts, default=0))

    def plain(self) -> dict[str, Any]:
        """Return what JSON can hold, but for `arrays`."""
        return {"words": list(self.words), "speaks": list(self.speaks), "telling": self.telling.tolist()}

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the arrays named in `ARRAYS`, which JSON would blow up."""
        return {"rarity": self.rarity, "scores": self.scores, "themes": self.themes}


def vectorizer(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Vectorizer:
    """Return the vectorizer that wrote `plain` and `arrays`."""
    telling = np.array(plain["telling"], dtype=np.int64)
    return Vectorizer(tuple(plain["words"]), speaks=tuple(plain["speaks"]), telling=telling, **arrays)


def learn(
    texts: pl.Series, target: NDArray[Any], classes: Sequence[str] = (), *, words: int, themes: int, vocabulary: int
) -> Vectorizer:
    """Learn the words of a column, what each speaks for, which of them tell most, and the themes.

    Of more texts than `TEXTS`, or more letters than `LETTERS`, some drawn at random are read.

    Args:
        texts: `n` texts, all of train.
        target: `(n,)`, codes of classes, or numbers.
        classes: the names of the classes; none where the target is a number.
        words: the most telling words.
        themes: the most themes.
        vocabulary: the most words that are weighed.
    """
    texts, target = _sample(texts, target)
    counts = frequencies(texts)
    # A word of a single text says nothing of another one.
    common = counts.filter(counts["len"] >= 2).sort(["len", "word"], descending=[True, False]).head(vocabulary)
    known = common.sort("word")
    listed, rarity = tuple(known["word"]), np.log((1 + len(texts)) / (1 + known["len"].to_numpy())) + 1
    sparse = matrix(texts, listed, rarity)
    speaks, kinds = learning.kinds(target, classes)
    return Vectorizer(
        listed,
        rarity,
        speaks,
        learning.scores(sparse, kinds, folds(texts), len(listed)),
        learning.telling(sparse, kinds, len(listed), words),
        learning.themes(sparse, (len(texts), len(listed)), themes),
    )


def _sample(texts: pl.Series, target: NDArray[Any]) -> tuple[pl.Series, NDArray[Any]]:
    known = np.flatnonzero(texts.is_not_null().to_numpy())
    letters = int(texts.str.len_bytes().sum() or 0)
    most = min(TEXTS, int(len(known) * min(1.0, LETTERS / max(letters, 1))))
    # At random: rows may take turns, and every other one would be of one class.
    drawn = (
        known if most >= len(known) else np.sort(np.random.default_rng(0).choice(known, max(most, 1), replace=False))
    )
    return texts.gather(drawn), target[drawn]


def _heaviest(learned: Vectorizer, theme: NDArray[np.float32]) -> list[str]:
    return [learned.words[place] for place in np.argsort(-theme, kind="stable")[:3]]

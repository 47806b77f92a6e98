"""What a language model writes: by the seed, until it ends or is told to, from the command line, too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import easy
import numpy as np
import pytest

from syllabus import architectures, generation
from syllabus.cli import main
from syllabus.errors import Unmet
from syllabus.examples import Task
from syllabus.modalities import corpus
from syllabus.models import Model
from syllabus.registry import package
from syllabus.settings import Samples


class Says:
    """A fitted model that says one text again and again, byte by byte."""

    def __init__(self, text: str) -> None:
        self.text = text.encode()

    def continued(self, codes: Any, choose: Any) -> Iterator[int]:
        while True:
            yield from (byte + 1 for byte in self.text)


def saying(text: str) -> Model:
    told: Any = Says(text)
    return Model("corpus", "ngram", {}, corpus.Encoding(Task("language"), None), told)


@pytest.fixture(scope="module")
def model() -> Model:
    train, validation, _ = easy.problem("documents")
    fitted = easy.fitted(architectures.load("ngram"), train, validation)
    return Model("corpus", "ngram", {}, corpus.Encoding(Task("language"), None), fitted)


def written(model: Model, prompt: str = "", *, seed: int = 1, **asked: Any) -> str:
    return "".join(generation.write(model, prompt, Samples(**asked), seed=seed))


def test_a_seed_says_what_is_written(model: Model) -> None:
    first = written(model, "the ", tokens=60)
    assert len(first) > 20
    assert written(model, "the ", tokens=60) == first
    assert written(model, "the ", tokens=60, seed=2) != first


def test_at_temperature_nought_the_likeliest_comes_whatever_the_seed(model: Model) -> None:
    assert written(model, "the c", tokens=2, temperature=0.0, seed=1) == "at"
    assert written(model, "the c", tokens=2, temperature=0.0, seed=9) == "at"


def test_it_ends_with_a_text_that_stops_it_however_that_is_cut() -> None:
    assert written(saying("one two three "), stop=("two t",), tokens=50) == "one "
    assert written(saying("one two three "), stop=("never",), tokens=14) == "one two three "
    assert written(saying("aab"), stop=("ab",), tokens=50) == "a"


def test_no_half_of_a_sign_is_ever_shown() -> None:
    pieces = list(generation.write(saying("😀ä"), "", Samples(tokens=6), seed=1))
    assert "".join(pieces) == "😀ä"
    assert all("\ufffd" not in piece for piece in pieces)


def test_none_but_the_likeliest_of_so_much_are_taken() -> None:
    logits = np.log(np.array([0.5, 0.3, 0.15, 0.05]))
    choose = generation.chosen(1.0, 0.75, seed=1)
    assert {choose(logits) for _ in range(200)} == {0, 1}
    choose = generation.chosen(1.0, 1.0, seed=1)
    taken = np.bincount([choose(logits) for _ in range(20_000)]) / 20_000
    np.testing.assert_allclose(taken, np.exp(logits), atol=0.015)
    assert {generation.chosen(1.0, 0.01, seed=1)(logits) for _ in range(20)} == {0}


def test_what_writes_no_text_is_refused() -> None:
    train, validation, _ = easy.problem("numbers alone, two classes")
    fitted = easy.fitted(architectures.load("tree"), train, validation)
    table = Model("tables", "tree", {}, object(), fitted)
    with pytest.raises(Unmet, match=r"tree of tables predicts, and writes no text"):
        written(table)


def test_the_command_writes_piece_by_piece(
    model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    model.save(tmp_path / "model")
    main(["generate", str(tmp_path / "model"), "--prompt", "the ", "--tokens", "30", "--seed", "1"])
    assert capsys.readouterr().out == "the " + written(model, "the ", tokens=30) + "\n"


def test_the_command_trusts_no_changed_package(
    model: Model, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package.write(tmp_path, model, signature=[], card="", lineage={}, decision={})
    main(["generate", str(tmp_path), "--tokens", "5", "--temperature", "0"])
    assert len(capsys.readouterr().out) == 6
    (tmp_path / "card.md").write_text("other")
    with pytest.raises(SystemExit):
        main(["generate", str(tmp_path)])
    assert "was changed since the package was written" in capsys.readouterr().err


def test_a_damaged_model_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "model.json").write_text('{"modality": ')
    with pytest.raises(SystemExit):
        main(["generate", str(tmp_path)])
    told = capsys.readouterr().err
    assert "model.json: damaged, no JSON: Expecting value" in told
    assert told.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--tokens", "0"], "--tokens: "),
        (["--top-p", "2"], "--top-p: "),
        (["--seed", "-1"], "--seed: is a whole number from 0, received -1"),
        ([], "holds neither model.json nor"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    with pytest.raises(SystemExit):
        main(["generate", str(tmp_path), *words])
    told = capsys.readouterr().err
    assert said in told
    assert told.count("\n") == 1

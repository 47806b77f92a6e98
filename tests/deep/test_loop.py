"""What the training loop promises of any network: here one of numbers, which knows nothing of pictures."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from lessons import ROWS, X, Y, digest, fit, lesson
from torch import nn
from torch.nn import functional

from syllabus import architectures
from syllabus.deep import chance, loop
from syllabus.deep.params import Params


class Killed(BaseException):
    """As a kill or Ctrl-C ends a process: no `except Exception` sees it."""


@pytest.fixture
def whole() -> tuple[str, list[tuple[int, float, float]]]:
    return fit(lesson())


def kill_at(step: int) -> Callable[[int], None]:
    """Return what kills the fit at a piece; a batch of 40 is cut into two."""

    def before(piece: int) -> None:
        if piece == 2 * step:
            raise Killed

    return before


@pytest.mark.parametrize("step", range(16))
def test_a_fit_killed_at_any_step_ends_as_one_that_was_not(step: int, whole: Any, tmp_path: Path) -> None:
    with architectures.keeping(tmp_path, every=0):
        with pytest.raises(Killed):
            fit(lesson(kill_at(step)))
        assert len(list(tmp_path.iterdir())) == (1 if step else 0)
        done: list[int] = []
        assert fit(lesson(done.append)) == whole
    assert len(done) == 2 * (16 - step)
    assert list(tmp_path.iterdir()) == []


def test_a_fit_killed_again_and_again_ends_as_one_that_was_not(whole: Any, tmp_path: Path) -> None:
    with architectures.keeping(tmp_path, every=0):
        for _ in range(7):
            with pytest.raises(Killed):
                fit(lesson(kill_at(2)))
        assert fit(lesson()) == whole


def test_a_checkpoint_written_seldom_is_resumed_too(
    whole: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = iter(range(10**6))
    monkeypatch.setattr("syllabus.deep.checkpoints.time.monotonic", lambda: float(next(times)))
    with architectures.keeping(tmp_path, every=12):
        with pytest.raises(Killed):
            fit(lesson(kill_at(11)))
        done: list[int] = []
        assert fit(lesson(done.append)) == whole
    assert 2 * (16 - 11) < len(done) < 2 * 16


def test_another_fit_does_not_resume_it(whole: Any, tmp_path: Path) -> None:
    with architectures.keeping(tmp_path, every=0):
        with pytest.raises(Killed):
            fit(lesson(kill_at(9)))
        curve: list[Any] = []
        loop.fit(lesson(), Params(epochs=1), seed=4, report=lambda *point: curve.append(point))
        assert [point[0] for point in curve] == [1]


def test_a_damaged_checkpoint_is_not_resumed(whole: Any, tmp_path: Path) -> None:
    with architectures.keeping(tmp_path, every=0):
        with pytest.raises(Killed):
            fit(lesson(kill_at(9)))
        (file,) = tmp_path.iterdir()
        file.write_bytes(file.read_bytes()[:-100])
        assert fit(lesson()) == whole


@pytest.mark.parametrize("threads", ["1", "2", "5"])
def test_the_number_of_threads_changes_no_bit(threads: str, whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYLLABUS_THREADS", threads)
    assert fit(lesson()) == whole


def test_what_torch_was_told_is_as_it_was_before(whole: Any) -> None:
    torch.set_num_threads(2)
    fit(lesson(), epochs=1)
    assert torch.get_num_threads() == 2
    assert not torch.are_deterministic_algorithms_enabled()
    torch.set_num_threads(1)


def test_it_takes_the_steps_that_adamw_takes_by_hand() -> None:
    """Against the plain loop that everybody writes: the same weights but for the last bits."""
    ours, theirs = lesson(), lesson()
    plain: nn.Module = copy.deepcopy(theirs.network)
    fit(ours, epochs=2, clip=1e9, weight_decay=0.1, patience=100)
    groups = [{"params": [w for w in plain.parameters() if (w.ndim > 1) == matrix]} for matrix in (True, False)]
    optimiser = torch.optim.AdamW(groups, lr=0.02, weight_decay=0.1)
    optimiser.param_groups[1]["weight_decay"] = 0.0
    kept = {}
    best = float("inf")
    for step in range(8):
        places = chance.order(ROWS, 3, step // 4)[step % 4 * 40 : step % 4 * 40 + 40]
        plain.train()
        total = torch.zeros(())
        for piece, start in enumerate(range(0, len(places), 32)):
            some = places[start : start + 32]
            with chance.drawing(torch.device("cpu"), 3, step, piece) as generator:
                noise = torch.randn(len(some), 5, generator=generator) * 0.1
                total = total + functional.mse_loss(plain(X[some] + noise), Y[some], reduction="sum")
        optimiser.zero_grad()
        (total / len(places)).backward()
        for group in optimiser.param_groups:
            group["lr"] = 0.02 * loop.rate(step, 8, 0.1)
        optimiser.step()
        plain.eval()
        if step % 4 == 3:
            with torch.inference_mode():
                seen = float(functional.mse_loss(plain(X[ROWS:]), Y[ROWS:]))
            if seen < best:
                best, kept = seen, copy.deepcopy(plain.state_dict())
    for name, held in ours.network.state_dict().items():
        torch.testing.assert_close(held, kept[name], rtol=1e-5, atol=1e-6)


def test_the_best_weights_are_kept_and_it_stops_when_nothing_improves() -> None:
    losses = iter([3.0, 1.0, 2.0, 2.0, 2.0, 0.5])
    seen: list[str] = []
    of = lesson()

    def watch(_: Any) -> tuple[float, float]:
        seen.append(digest(of.network))
        return 1.0, next(losses)

    told, curve = fit(loop.Lesson("toy", of.network, of.loss, ROWS, watch, "key"), epochs=6, patience=3)
    assert len(curve) == 5
    assert told == seen[1]
    assert not of.network.training


def test_accumulating_takes_a_batch_in_turns_and_comes_to_the_same() -> None:
    sizes: list[int] = []
    of = lesson()

    def counted(places: loop.Places, generator: torch.Generator) -> torch.Tensor:
        sizes.append(len(places))
        return functional.mse_loss(of.network(X[places]), Y[places], reduction="sum")

    nets = []
    for accumulate in (1, 5):
        of = lesson()
        of.network[2].share = 0.0  # type: ignore[index, union-attr]
        fit(loop.Lesson("toy", of.network, counted, ROWS, of.watch, "key"), accumulate=accumulate, epochs=1)
        nets.append(of.network.state_dict())
    assert max(sizes[-20:]) == 8
    for name, held in nets[0].items():
        torch.testing.assert_close(held, nets[1][name], rtol=1e-4, atol=1e-5)


def test_the_rate_warms_up_and_cools_to_nothing() -> None:
    told = [loop.rate(step, 100, 0.1) for step in range(100)]
    assert np.argmax(told) in (9, 10)
    assert max(told) == 1.0
    assert np.all(np.diff(told[:10]) > 0)
    assert np.all(np.diff(told[10:]) < 0)
    assert told[-1] < 0.001
    assert loop.rate(0, 100, 0.0) == 1.0

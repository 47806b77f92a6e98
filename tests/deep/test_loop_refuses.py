"""Where the training loop cannot go on it stops in one sentence, with what to try."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from lessons import ROWS, fit, lesson

from syllabus import architectures
from syllabus.deep import answers, loop
from syllabus.errors import Unmet
from syllabus.examples import Examples, Task


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_stops_with_the_step_and_what_to_try(bad: float, tmp_path: Path) -> None:
    seen: list[int] = []

    def spoilt(loss: torch.Tensor) -> torch.Tensor:
        seen.append(1)
        return loss * bad if len(seen) == 13 else loss

    with architectures.keeping(tmp_path, every=1e9):
        with pytest.raises(architectures.Diverged) as told:
            fit(lesson(change=spoilt))
        said = str(told.value)
        assert f"toy: the loss is {bad} at step 7, in epoch 2; try learning_rate: 0.002 (it is 0.02)" in said
        (file,) = tmp_path.iterdir()
        assert said.endswith(f"the last good checkpoint, after 6 steps, is {file}")
        done: list[int] = []
        fit(lesson(done.append))
        assert len(done) == 2 * (16 - 6)


def test_a_gradient_that_is_no_number_stops_it_too() -> None:
    def spoilt(loss: torch.Tensor) -> torch.Tensor:
        return loss + (loss - loss.detach()).abs().sqrt()  # its value is a number, its slope is not

    with pytest.raises(architectures.Diverged, match="its gradient is no number at step 1, in epoch 1"):
        fit(lesson(change=spoilt))


def test_a_loss_that_is_no_number_after_an_epoch_stops_it_and_makes_no_checkpoint(tmp_path: Path) -> None:
    of = lesson()
    losses = iter([(1.0, 2.0), (1.0, float("nan"))])
    watched = loop.Lesson("toy", of.network, of.loss, ROWS, lambda _: next(losses), "key")
    with architectures.keeping(tmp_path, every=1e9):
        with pytest.raises(
            architectures.Diverged, match="the loss is no number at step 8, in epoch 2; try learning_rate"
        ):
            fit(watched)
        assert list(tmp_path.iterdir()) == []


memory_is_full = pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried 9 GB"),
        MemoryError(),
    ],
)


@memory_is_full
def test_out_of_memory_says_which_batch_to_try(error: Exception) -> None:
    def full(_: int) -> None:
        raise error

    with pytest.raises(Unmet, match=r"does not hold a batch of 40; try batch: 20, or accumulate: 2"):
        fit(lesson(full))


@memory_is_full
def test_out_of_memory_while_it_answers_is_a_sentence(error: Exception) -> None:
    class Full(torch.nn.Linear):
        def forward(self, _: torch.Tensor) -> torch.Tensor:
            raise error

    some = Examples(Task("regression"), {"x": np.zeros((40, 3), dtype=np.float32)})
    with pytest.raises(Unmet, match=r"does not hold 32 answers of this network at once; try a smaller network"):
        answers.answered(Full(3, 1), some, lambda arrays: torch.from_numpy(arrays["x"]))


def test_any_other_error_is_not_taken_for_it() -> None:
    def wrong(_: int) -> None:
        raise RuntimeError("shapes do not fit")

    with pytest.raises(RuntimeError, match="shapes do not fit"):
        fit(lesson(wrong))


def test_a_device_that_is_not_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setenv("SYLLABUS_DEVICE", "cuda")
    with pytest.raises(Unmet, match=r"^SYLLABUS_DEVICE asks for cuda, and torch [\d.+a-z]+ finds (mps, )?cpu here$"):
        fit(lesson())
    monkeypatch.setenv("SYLLABUS_DEVICE", "tpu")
    with pytest.raises(Unmet, match="SYLLABUS_DEVICE is tpu; valid are auto, cpu, cuda, mps"):
        fit(lesson())

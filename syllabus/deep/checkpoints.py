"""What a fit has reached, on disk, so that one that was killed goes on where it was and ends with the same bits.

A checkpoint is one safetensors file: the weights, the best weights so far, and the optimiser's two moments of each;
its header holds the number of steps and the curve, as JSON. Chance needs no state: it is drawn anew from the seed and
the step, see `chance`. The file is written under another name and renamed, so a kill leaves the last one whole.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from syllabus import architectures, frames, processes

Point = tuple[int, float, float]
_MOMENTS = ("exp_avg", "exp_avg_sq")


@dataclass
class State:
    """How far a fit is.

    Args:
        step: how many steps are done.
        points: the curve: epoch, loss on train, loss on validation.
        best: the weights that validation liked best.
    """

    step: int = 0
    points: list[Point] = field(default_factory=list)
    best: dict[str, torch.Tensor] = field(default_factory=dict)

    def take(self, point: Point, network: nn.Module) -> None:
        """Take in the losses after an epoch; keep the weights where none before was better on validation."""
        self.points.append(point)
        if self._best() == len(self.points) - 1:
            self.best = {name: held.detach().clone() for name, held in learned(network).items()}

    def stale(self, patience: int) -> bool:
        """Return whether so many epochs brought nothing better."""
        return bool(self.points) and len(self.points) - 1 - self._best() >= patience

    def _best(self) -> int:
        return min(range(len(self.points)), key=lambda at: (self.points[at][2], at))


def learned(network: nn.Module) -> dict[str, torch.Tensor]:
    """Return the state of a network less what is frozen, which may be large and never changes."""
    frozen = {name for name, held in network.named_parameters() if not held.requires_grad}
    return {name: held for name, held in network.state_dict().items() if name not in frozen}


def put(state: dict[str, torch.Tensor], network: nn.Module) -> None:
    """Give a network back what `learned` returned."""
    lacking, unknown = network.load_state_dict(state, strict=False)
    assert not unknown
    assert not set(lacking) & set(learned(network))


class Keep:
    """Where the checkpoints of one fit stand; None where none are kept.

    Args:
        file: the checkpoint.
        every: the seconds between two.
    """

    def __init__(self, file: Path | None, every: float = 0.0) -> None:
        self._file, self._every, self._last = file, every, time.monotonic()

    def resumed(self, network: nn.Module, optimiser: torch.optim.Optimizer, device: torch.device) -> State | None:
        """Put the weights and the optimiser back to the checkpoint, and return how far it was; None where none is."""
        if self._file is None or not self._file.is_file():
            return None
        try:
            with safe_open(self._file, framework="pt", device=str(device)) as file:
                told = json.loads(file.metadata()["state"])
                held = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # it is no mapping
        except (SafetensorError, OSError, KeyError, ValueError):
            return None  # damaged: the fit begins anew
        put(_under("weights", held), network)
        for number, weights in enumerate(_weights(optimiser)):
            if f"{_MOMENTS[0]}.{number}" in held:
                moments = {name: held[f"{name}.{number}"] for name in _MOMENTS}
                optimiser.state[weights] = {"step": torch.tensor(float(told["step"]), device=weights.device), **moments}
        points = [(int(epoch), train, validation) for epoch, train, validation in told["points"]]
        return State(told["step"], points, _under("best", held))

    def due(self, state: State, network: nn.Module, optimiser: torch.optim.Optimizer) -> None:
        """Write a checkpoint if the last one is long enough ago."""
        if self._file is not None and time.monotonic() - self._last >= self._every:
            self.write(state, network, optimiser)

    def write(self, state: State, network: nn.Module, optimiser: torch.optim.Optimizer) -> str:
        """Write a checkpoint; return the words that tell where it is. Of several processes the first one does so."""
        if self._file is None or not processes.first():
            return ""
        tensors = {f"weights.{name}": held for name, held in learned(network).items()}
        tensors |= {f"best.{name}": held for name, held in state.best.items()}
        for number, weights in enumerate(_weights(optimiser)):
            known = optimiser.state.get(weights, {})
            tensors |= {f"{name}.{number}": known[name] for name in _MOMENTS if name in known}
        told = json.dumps({"step": state.step, "points": state.points})
        with frames.replacing(self._file) as partial:
            save_file(
                {name: held.detach().contiguous().cpu() for name, held in tensors.items()}, partial, {"state": told}
            )
        self._last = time.monotonic()
        return f"; the last good checkpoint, after {state.step} steps, is {self._file}"

    def forget(self) -> None:
        """Remove the checkpoint: what it was for has ended."""
        if self._file is not None and processes.first():
            self._file.unlink(missing_ok=True)


@contextmanager
def kept(key: str) -> Iterator[Keep]:
    """Yield where the checkpoints of a fit stand, which is removed unless the fit was cut off or diverged."""
    place = architectures.checkpoints()
    name = hashlib.sha256(f"{key} {torch.__version__} {_code()}".encode()).hexdigest()[:16]
    keep = Keep(None) if place is None else Keep(place.folder / f"{name}.safetensors", place.every)
    try:
        yield keep
    except architectures.Diverged:
        raise
    except Exception:
        # It was told to stop, or cannot go on: nobody will resume it. A kill or Ctrl-C is no such exception.
        keep.forget()
        raise
    keep.forget()


def _code() -> str:
    """Return the digest of the loop's own code."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _weights(optimiser: torch.optim.Optimizer) -> Iterator[torch.Tensor]:
    return (weights for group in optimiser.param_groups for weights in group["params"])


def _under(prefix: str, held: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {name.removeprefix(f"{prefix}."): one for name, one in held.items() if name.startswith(f"{prefix}.")}

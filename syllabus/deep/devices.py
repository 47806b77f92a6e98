"""On what a network runs, and how: the same bits on any number of threads."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any

import torch

from syllabus import architectures, processes
from syllabus.errors import Unmet

KINDS = ("auto", "cpu", "cuda", "mps")


def chosen() -> torch.device:
    """Return the device that `SYLLABUS_DEVICE` asks for, or else the fastest that is there.

    Like the number of threads it is a matter of the machine, and not of `params.yaml`.

    Raises:
        Unmet: what is asked for is not there.
    """
    asked = os.environ.get("SYLLABUS_DEVICE", "") or "auto"
    there = [name for name, found in (("cuda", torch.cuda.is_available()), ("mps", _has_mps())) if found] + ["cpu"]
    if asked not in KINDS:
        raise Unmet(f"SYLLABUS_DEVICE is {asked}; valid are {', '.join(KINDS)}")
    if asked != "auto" and asked not in there:
        raise Unmet(f"SYLLABUS_DEVICE asks for {asked}, and torch {torch.__version__} finds {', '.join(there)} here")
    kind = there[0] if asked == "auto" else asked
    return torch.device(kind, processes.place()) if kind == "cuda" and processes.count() > 1 else torch.device(kind)


def _has_mps() -> bool:
    return torch.backends.mps.is_available()


@contextmanager
def settled(device: torch.device) -> Iterator[ThreadPoolExecutor]:
    """Make what torch computes in this block the same every time, and yield the threads that it may take.

    Inside one operation torch adds up in an order that depends on the number of threads. So each operation gets one
    thread, and the work is cut into pieces that do not depend on the machine, one piece a thread.
    """
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    deterministic: Any = torch.utils.deterministic
    filled = deterministic.fill_uninitialized_memory
    workers = architectures.threads() if device.type == "cpu" else 1
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    # Filling what is overwritten at once takes time, and only helps to find operations that read what nobody wrote.
    deterministic.fill_uninitialized_memory = False
    try:
        with ThreadPoolExecutor(workers, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield pool
    finally:
        deterministic.fill_uninitialized_memory = filled
        torch.use_deterministic_algorithms(strict)
        torch.set_num_threads(threads)


@contextmanager
def alone() -> Iterator[None]:
    """Give each operation of torch in this block one thread: a small step is no faster on several."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def memory_told(sentence: str) -> Iterator[None]:
    """Say `sentence` where the memory, of the machine or of the device, does not suffice for this block.

    Raises:
        Unmet: it does not.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if isinstance(error, MemoryError | torch.OutOfMemoryError) or "can't allocate memory" in str(error):
            raise Unmet(sentence) from None
        raise


def mixed(device: torch.device) -> Any:
    """Return what lets a network compute in half precision where that pays: on CUDA, in bfloat16."""
    return torch.autocast("cuda", dtype=torch.bfloat16) if device.type == "cuda" else nullcontext()

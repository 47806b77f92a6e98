"""Texts that a language model writes for several requests at once: a step gives each of them one code.

One thread does it, whoever asks: requests join and leave between two steps. An architecture that has `together` reads
the last codes of all texts in one product; any other continues each by itself, in turn.
"""

from __future__ import annotations

import itertools
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from syllabus import generation
from syllabus.corpora.alphabets import END
from syllabus.generation import Choose, Telling

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from syllabus.models import Model

AT_ONCE = 16
"""So many texts are continued side by side; more wait for their turn."""
Reason = Literal["stop", "length", "failed"]
Told = Callable[[str, "Reason | None"], None]
"""Hears each piece of text as it comes, and with the last one why it is the last."""


@dataclass(frozen=True)
class Wanted:
    """A text that is to be written.

    Args:
        prompt: what it goes on from.
        tokens: the most pieces.
        temperature: 0 takes the likeliest.
        top_p: the likeliest pieces that come to this probability together are taken from.
        stop: texts at which it ends.
        seed: of the chance.
    """

    prompt: str
    tokens: int
    temperature: float = 1.0
    top_p: float = 1.0
    stop: tuple[str, ...] = ()
    seed: int = 0


class Group(Protocol):
    """Texts that are continued side by side, each known by a number."""

    def add(self, key: int, codes: NDArray[np.int32], choose: Choose) -> None:
        """Begin to continue a text."""

    def step(self) -> dict[int, int]:
        """Continue each text by a code, and return it; one that has come to its end leaves, and gives the end."""

    def leave(self, key: int) -> None:
        """Continue a text no more."""


class InTurn:
    """Texts that are continued each by itself.

    Args:
        fitted: a fitted architecture that continues one.
    """

    def __init__(self, fitted: Any) -> None:
        self._fitted = fitted
        self._texts: dict[int, Iterator[int]] = {}

    def add(self, key: int, codes: NDArray[np.int32], choose: Choose) -> None:
        """Begin to continue a text."""
        self._texts[key] = self._fitted.continued(codes, choose)

    def step(self) -> dict[int, int]:
        """Continue each text by a code, and return it; one that has come to its end leaves, and gives the end."""
        found = {key: next(codes, END) for key, codes in self._texts.items()}
        for key in [key for key, code in found.items() if code == END]:
            self.leave(key)
        return found

    def leave(self, key: int) -> None:
        """Continue a text no more."""
        del self._texts[key]


class Writing:
    """A text that is being written.

    Args:
        wanted: what is asked for.
        codes: `(t,)`, of its prompt.
        told: hears it.
        telling: makes text of codes.

    Attributes:
        dropped: set by whoever asked, where nobody hears it any more.
        written: codes so far.
    """

    def __init__(self, wanted: Wanted, codes: NDArray[np.int32], told: Told, telling: Telling) -> None:
        self.wanted, self.codes, self.told = wanted, codes, told
        self.dropped, self.written = False, 0
        self._telling = telling

    def take(self, code: int) -> Reason | None:
        """Take in a code; return why it is the last, or None."""
        if code == END:
            self.told(self._telling.rest(), "stop")
            return "stop"
        self.written += 1
        said = self._telling.told(code)
        if self._telling.ended:
            self.told(said, "stop")
            return "stop"
        if self.written == self.wanted.tokens:
            self.told(said + self._telling.rest(), "length")
            return "length"
        if said:
            self.told(said, None)
        return None


class Writer:
    """Writes texts of one model.

    Args:
        model: a language model.
        at_once: so many texts side by side.

    Raises:
        Unmet: the model is no language model.
    """

    def __init__(self, model: Model, at_once: int = AT_ONCE) -> None:
        self._alphabet = generation.alphabet(model)
        self._model, self._at_once = model, at_once
        self._group = self._empty()
        self._waiting: deque[Writing] = deque()
        self._active: dict[int, Writing] = {}
        self._numbers = itertools.count()
        self._changed = threading.Condition()
        self._closed, self._running = False, False

    def codes(self, prompt: str) -> NDArray[np.int32]:
        """Return the codes of a prompt, `(t,)`; of a long one it takes seconds."""
        found: NDArray[np.int32] = self._alphabet.codes(prompt)
        return found

    def write(self, wanted: Wanted, codes: NDArray[np.int32], told: Told) -> Writing:
        """Begin to write a text from the codes of its prompt; `told` hears it, from another thread.

        Whoever held the writer when it was closed is still answered.
        """
        one = Writing(wanted, codes, told, Telling(self._alphabet, wanted.stop))
        with self._changed:
            self._waiting.append(one)
            self._changed.notify()
            if not self._running:
                self._running = True
                threading.Thread(target=self._run, name="writer", daemon=True).start()
        return one

    def close(self) -> None:
        """Take nothing more in; what has begun is written to its end."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def _empty(self) -> Group:
        fitted: Any = self._model.fitted
        group: Group = fitted.together(self._at_once) if hasattr(fitted, "together") else InTurn(fitted)
        return group

    def _run(self) -> None:
        going = True
        while going:
            try:
                if going := self._joined():
                    self._step()
            except Exception:
                # Whoever waits must hear of it, whatever it is; the thread goes on with the next ones. What the group
                # holds after half a step is unknown.
                traceback.print_exc(file=sys.stderr)
                failed, self._active, self._group = list(self._active.values()), {}, self._empty()
                for one in failed:
                    one.told("", "failed")

    def _joined(self) -> bool:
        """Let those join that wait, and those leave whom nobody hears; return whether to go on."""
        with self._changed:
            self._changed.wait_for(lambda: self._active or self._waiting or self._closed)
            while self._waiting and len(self._active) < self._at_once:
                one, key = self._waiting.popleft(), next(self._numbers)
                if not one.dropped:
                    self._active[key] = one
                    asked = one.wanted
                    self._group.add(key, one.codes, generation.chosen(asked.temperature, asked.top_p, asked.seed))
            for key, one in list(self._active.items()):
                if one.dropped:
                    self._ended(key)
            self._running = not (self._closed and not self._active and not self._waiting)
            return self._running

    def _step(self) -> None:
        if not self._active:
            return
        for key, code in self._group.step().items():
            if self._active[key].take(code) is not None:
                if code == END:
                    del self._active[key]  # it has left by itself
                else:
                    self._ended(key)

    def _ended(self, key: int) -> None:
        del self._active[key]
        self._group.leave(key)

"""What a stage took: seconds, memory, energy. Kept for `syllabus cost` beside DVC, whose outputs hold no times."""

from __future__ import annotations

import datetime as dt
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from syllabus import frames, processes

JOURNAL = Path(".syllabus/cost")
"""Where what each stage's last run took stands: a file a stage, as candidates run side by side."""
POWERCAP = Path("/sys/class/powercap")
"""Where Linux tells what processors have drawn (RAPL), if it lets this user read it."""
_OFTEN = 10.0
"""Seconds between two looks at the counters, which start over after some ten kilojoules."""


class Meter:
    """Counts from where the process began, the energy from where the meter was made.

    Args:
        powercap: the folder of the processors' counters.
    """

    def __init__(self, powercap: Path = POWERCAP) -> None:
        self._since = _began()
        self._counters = Counters(powercap)

    def read(self) -> dict[str, Any]:
        """Return `seconds`, `cpu_seconds`, `peak` in bytes, `joules`, or None where none can be measured, and `when`.

        Of processes that share a fit, this one tells: CPU seconds and memory are its own times their number.
        """
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        count = processes.count()
        return {
            "seconds": round(time.monotonic() - self._since, 3),
            "cpu_seconds": round(count * sum(one.ru_utime + one.ru_stime for one in used), 3),
            "peak": count * max(peak(), used[1].ru_maxrss * _unit()),
            "joules": self._counters.joules(),
            "processes": count,
            "when": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        }


class Counters:
    """The counters of the machine's processors, which other programs on it turn, too.

    Args:
        powercap: the folder that Linux keeps them in.
    """

    def __init__(self, powercap: Path) -> None:
        # A processor is a zone; what stands below it, such as its cores, is part of it.
        zones = [zone for zone in sorted(powercap.glob("intel-rapl:*")) if zone.name.count(":") == 1]
        self._zones = {zone: held for zone in zones if (held := _counted(zone / "energy_uj")) is not None}
        self._ends = {zone: (_counted(zone / "max_energy_range_uj") or 0) + 1 for zone in self._zones}
        self._drawn = 0
        self._lock = threading.Lock()
        if self._zones:
            threading.Thread(target=self._watch, daemon=True).start()

    def joules(self) -> float | None:
        """Return what was drawn since the counters were opened; None where there are none."""
        self._look()
        return self._drawn / 1e6 if self._zones else None

    def _watch(self) -> None:
        while self._zones:
            time.sleep(_OFTEN)
            self._look()

    def _look(self) -> None:
        with self._lock:
            for zone, before in self._zones.items():
                now = _counted(zone / "energy_uj")
                if now is None:
                    self._zones = {}
                    return
                self._drawn += now - before if now >= before else now - before + self._ends[zone]
                self._zones[zone] = now


def note(project: Path, meter: Meter, rows: int | None) -> None:
    """After a stage that DVC started, and that ended well: keep what it took and how many rows it was about.

    DVC names the stage in `DVC_STAGE`; one that was started by hand is nobody's last run.
    """
    stage = os.environ.get("DVC_STAGE")
    if not stage:
        return
    file = project / JOURNAL / f"{quote(stage.rpartition(':')[2], safe='@')}.json"
    try:
        frames.write_json(meter.read() | {"rows": rows}, file)
    except OSError as error:
        # The stage has ended well; only the record is lost.
        print(f"cost: not kept in {file}: {error.strerror}", file=sys.stderr, flush=True)


def rows(*tables: Path) -> int:
    """Return how many rows Parquet tables hold together."""
    return sum(frames.count(frames.scan(table)) for table in tables)


def last(project: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each stage that has run here with what its last run took, by name; what cannot be read is left out."""
    for file in sorted((project / JOURNAL).glob("*.json")):
        try:
            found = frames.read_json(file)
        except (OSError, ValueError):
            continue
        if isinstance(found, dict):
            yield unquote(file.stem), found


def peak() -> int:
    """Return the most bytes of memory that this process held; `ru_maxrss` may tell what its parent held before."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _unit()


def _began() -> float:
    """Return when this process began, on the clock of `time.monotonic`; now where that cannot be known."""
    try:
        told = Path("/proc/self/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(told[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError, IndexError, ValueError):
        return time.monotonic()
    return time.monotonic() - max(age, 0.0)


def _unit() -> int:
    """Return in how many bytes this system tells memory."""
    return 1 if sys.platform == "darwin" else 1024


def _counted(file: Path) -> int | None:
    try:
        return int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None

"""Ask the source whether it has changed: python -m stages.freshness OUT."""

import datetime as dt

from stages import Out, run
from syllabus import frames
from syllabus.settings import Settings
from syllabus.sources import freshness as fresh


def freshness(settings: Settings, out: Out) -> None:
    """Write `freshness.json`, which differs from the last one only when the source does: what depends on it runs then.

    DVC runs this stage every time, by `always_changed` in `dvc.yaml`.

    Raises:
        Unmet: the source cannot be asked.
    """
    state = fresh.state(settings.data, dt.datetime.now(dt.UTC))
    frames.write_json(state, out / "freshness.json")
    print(f"{settings.data.source}: {fresh.told(state)}")


if __name__ == "__main__":
    run(freshness)

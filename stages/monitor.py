"""Hold new rows against what the model in use was trained on: python -m stages.monitor PACKAGE OUT."""

from pathlib import Path

from stages import Out, run
from syllabus.errors import Unmet, shown
from syllabus.monitoring import columns, watching
from syllabus.monitoring.labels import Labels
from syllabus.serving import named, packages
from syllabus.settings import Settings


def monitor(settings: Settings, package: Path, out: Out) -> int:
    """Write `monitor.html`, `monitor.json`, and the Data Docs of the suite under `docs`.

    Raises:
        Unmet: params.yaml does not say where new rows are, or they cannot be read.
    """
    asked = settings.monitoring
    if asked is None:
        raise Unmet("params.yaml has no section monitoring: say there where new rows are, `monitoring: {source: …}`")
    with watching.tidied(), named.folder(str(package)) as folder:
        watched = watching.watch(
            packages.opened(folder, fits=columns.load),
            asked.source,
            limits=asked.thresholds,
            labels=Labels(asked.labels, asked.key),
            ignore=asked.ignore,
            sample=asked.sample,
            suite=Path(settings.validation.suite) if asked.expectations else None,
            docs=out / "docs",
        )
    watching.write(watched, out)
    print(shown(watched.told()))
    return watched.batch.rows


if __name__ == "__main__":
    run(monitor)

"""A package that is ready to be asked over HTTP, under a name and a version."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syllabus import frames
from syllabus.errors import Unmet
from syllabus.registry.package import CHECKSUMS
from syllabus.serving import engines, fields, packages
from syllabus.serving.fields import Field
from syllabus.serving.graphs import Graphed

if TYPE_CHECKING:
    from syllabus.serving.engines import Engine
    from syllabus.serving.forecasting.forecaster import Forecaster
    from syllabus.serving.language.writer import Writer
    from syllabus.serving.packages import Package

EXAMPLE = "example.json"


@dataclass(frozen=True)
class Served:
    """What answers requests until another takes its place: rows by an engine, series by a forecaster, or texts.

    Args:
        name: of the model.
        version: its version's name, or the beginning of its package's digest.
        package: that is asked.
        fields: the columns of a request; none of a language model.
        engine: what answers rows; None for any other.
        forecaster: what goes on from the histories of series; None for any other.
        writer: what writes texts; None for any other.
        created: when its package was written, in seconds since 1970.
    """

    name: str
    version: str
    package: Package
    fields: tuple[Field, ...] = ()
    engine: Engine | None = None
    forecaster: Forecaster | None = None
    writer: Writer | None = None
    created: int = 0

    @property
    def kind(self) -> str:
        """What it is asked about: the paths of a service follow it."""
        return "texts" if self.writer else "series" if self.forecaster else "rows"

    @property
    def task(self) -> str:
        """The name of its task."""
        return self.package.data.task

    @property
    def target(self) -> str:
        """What it predicts."""
        return "what comes next" if self.writer else self.package.data.target

    @property
    def path(self) -> str:
        """Where it is asked."""
        return "/v1/completions" if self.writer else "/v1/predict"

    @property
    def runs(self) -> str:
        """What runs it."""
        asked = self.engine or self.forecaster
        return asked.name if asked else self.package.model.architecture

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes that it tells apart; none where it predicts a number."""
        return tuple(self.package.model.encoding.task.classes)

    @cached_property
    def examples(self) -> list[dict[str, Any]]:
        """The rows of a request that it answers, of no person; one row suffices, but of a series.

        Raises:
            Unmet: its package was made before they brought such.
        """
        file = self.package.folder / EXAMPLE
        if not file.is_file():
            raise Unmet(f"{file.parent}: made before packages brought an {EXAMPLE}: run `dvc repro` again")
        rows: list[dict[str, Any]] = frames.read_json(file)["rows"]
        return rows if self.forecaster else rows[:1]

    @property
    def example(self) -> dict[str, Any]:
        """The first of them."""
        return self.examples[0]

    def close(self) -> None:
        """Let go of what runs beside the requests; what has begun comes to its end."""
        if self.writer is not None:
            self.writer.close()


def served(
    folder: Path,
    *,
    name: str | None = None,
    version: str | None = None,
    native: bool = False,
    key: Path | None = None,
) -> Served:
    """Open a package, and ask it once, so that the first request finds it warm.

    Args:
        folder: the package's.
        name: by which it is called; by default the column that it predicts.
        version: by default the beginning of its digest.
        native: whether the model itself answers where there is a graph, too.
        key: the public key of whoever must have signed it, as `packages.opened` takes it.

    Raises:
        Unmet: it is no package, is damaged, or answers neither rows nor with text.
    """
    package = packages.opened(folder, key)
    version = version or package.digest[:12]
    # Asked of the disk now: the folder may be written over, or removed, while this package still answers.
    created = int((folder / CHECKSUMS).stat().st_mtime)
    if hasattr(package.model.encoding, "alphabets"):
        from syllabus.serving.language.writer import Writer

        model = package.model
        assert not isinstance(model, Graphed)  # no language model has a graph
        return Served(name or package.data.modality, version, package, writer=Writer(model), created=created)
    packages.asked_in_rows(package)
    columns = fields.of(package)
    if hasattr(package.modality, "histories"):
        return _of_series(Served(name or package.data.target, version, package, columns, created=created))
    engine = engines.engine(package, columns, native=native)
    made = Served(name or package.data.target, version, package, columns, engine, created=created)
    with packages.fitting(folder):
        engine.answer(fields.columns([made.example], columns), 1)
    return made


def _of_series(made: Served) -> Served:
    from syllabus.serving.forecasting import answering
    from syllabus.serving.forecasting.forecaster import Forecaster

    forecaster = Forecaster(made.package)
    found = replace(made, forecaster=forecaster)
    answering.answered(forecaster, made.fields, found.examples)
    return found

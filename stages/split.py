"""Split the validated table: python -m stages.split INGESTED VALIDATED OUT."""

from pathlib import Path

from stages import Out, run
from syllabus import frames, modalities, parts
from syllabus.errors import Unmet
from syllabus.settings import Settings


def split(settings: Settings, ingested: Path, validated: Path, out: Out) -> int:
    """Write train, validation and test, one Parquet file each, and how groups stand in them.

    Raises:
        Unmet: no row is sound, a part would be empty, or rows that belong together would stand in two parts.
    """
    quarantine = frames.scan(validated / "quarantine.parquet").select(frames.ROW)
    table = frames.scan(ingested / "table.parquet")
    sound = frames.without(table, quarantine.collect()[frames.ROW])
    if not frames.count(sound):
        raise Unmet(f"every row is in quarantine; open {validated / 'docs/index.html'} to see why")
    modality = modalities.load(settings.data.modality)
    placed = modality.split(sound, settings.data, settings.split, seed=settings.seed)
    data, written = settings.data, parts.write(table, placed, out)
    target = modalities.target(data)
    before = frames.read_json(ingested / "report.json")
    report = parts.report(written, target, settings.examination.sensitive, data.task, before["compared"])
    frames.write_json(report | {"unseen": before["unseen"]}, out / "report.json")
    print(", ".join(f"{part} {rows} rows" for part, rows in report["rows"].items()))
    return sum(report["rows"].values())


if __name__ == "__main__":
    run(split)

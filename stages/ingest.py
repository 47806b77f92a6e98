"""Read the source and clean it as declared: python -m stages.ingest OUT."""

from stages import Out, run
from syllabus import frames, modalities, references
from syllabus.rules.unseen import unseen
from syllabus.settings import Settings


def ingest(settings: Settings, out: Out) -> int:
    """Write `table.parquet`, a row an example, and `report.json`, every change with rows and examples.

    Raises:
        Unmet: the source cannot be read, or lacks what the settings name.
    """
    references.check(settings)
    modality = modalities.load(settings.data.modality)
    report = modality.read(settings.data, out / "table.parquet")
    frames.write_json(report | {"unseen": unseen(settings)}, out / "report.json")
    print(f"{report['rows']} of {report['source']['rows']} rows, {len(report['changes'])} kinds of change")
    return int(report["source"]["rows"])


if __name__ == "__main__":
    run(ingest)

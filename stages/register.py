"""Register the winner if it passes the gates: python -m stages.register INGESTED … TUNED EVALUATED LOCK OUT."""

from pathlib import Path

from stages import Out, run
from syllabus import frames, metering, registry, reports
from syllabus.errors import Unmet
from syllabus.settings import Settings


def register(
    settings: Settings,
    ingested: Path,
    validated: Path,
    parts: Path,
    trained: Path,
    tuned: Path,
    evaluated: Path,
    lock: Path,
    out: Out,
) -> int:
    """Write the report page, the decision with its reasons, and the package of a model that passes.

    Raises:
        Unmet: a gate failed; the report then stays on disk, and there is no package.
    """
    found = registry.read(ingested, validated, parts, trained, tuned, evaluated)
    decision = registry.judge(found, settings)
    frames.write_json(decision.report(), out / "decision.json")
    reports.write(found, decision, settings, out / "report.html")
    if not decision.passed:
        said = "; ".join(f"{gate.sentence} ({gate.advice})" for gate in decision.failed)
        failed = f"{len(decision.failed)} of {len(decision.gates)} gates failed"
        raise Unmet(f"not registered, {failed}: {said}. Open {out / 'report.html'}", keep=True)
    registry.pack(found, settings, decision, lock, out / "package")
    print(f"registered: {found.evaluated['winner']['name']} passed {len(decision.gates)} gates")
    return metering.rows(parts / "test.parquet")


if __name__ == "__main__":
    run(register)

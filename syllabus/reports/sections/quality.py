"""What the expectations found."""

from __future__ import annotations

from typing import Any

from syllabus.reports.material import Material

TITLE = "Data quality"
SEVERITIES = ("critical", "warning", "info")


def facts(material: Material) -> dict[str, Any]:
    """Return the expectations by severity, those that failed, and those that hold yet not in every row."""
    validated = material.run.validated
    checks = validated["checks"]
    failed = [check for severity in SEVERITIES for check in checks if _fails(check, severity)]
    return {
        "validated": validated,
        "severities": [
            {
                "name": severity,
                "asked": sum(check["severity"] == severity for check in checks),
                "failed": sum(_fails(check, severity) for check in checks),
            }
            for severity in SEVERITIES
        ],
        "failed": failed,
        "alarm": f"{len(failed)} failed" if failed else "",
        "tolerated": [check for check in checks if check["success"] and check["unexpected"]],
        "holding": [check for check in checks if check["success"] and not check["unexpected"]],
    }


def _fails(check: dict[str, Any], severity: str) -> bool:
    return not check["success"] and check["severity"] == severity

"""Answers packages where torch is not to be found: takes JSON lines of a package, its input, its output and a request."""

from __future__ import annotations

import json
import sys
from typing import Any

HIDDEN = ("onnx", "rtdl_num_embeddings", "sklearn", "tabm", "torch", "transformers")


def answered(package: str, source: str, out: str, body: dict[str, Any]) -> dict[str, Any]:
    """Answer a file and a request; return what runs it and what HTTP answers."""
    from services import client

    from syllabus.cli import main

    main(["predict", package, source, out])
    with client(package) as asking:
        runs = asking.service.served.runs  # type: ignore[attr-defined]
        return {"runs": runs, "answers": asking.post(asking.service.served.path, json=body).json()}


if __name__ == "__main__":
    sys.modules.update(dict.fromkeys(HIDDEN))  # type: ignore[arg-type]  # None is the mark for what is not to be found
    for line in sys.stdin:
        print(json.dumps(answered(*json.loads(line))))

"""Answers a package where torch is not to be found: without_torch.py PACKAGE INPUT OUTPUT; prints what HTTP answers."""

from __future__ import annotations

import json
import sys

HIDDEN = ("onnx", "rtdl_num_embeddings", "sklearn", "tabm", "torch", "transformers")

if __name__ == "__main__":
    sys.modules.update(dict.fromkeys(HIDDEN))  # type: ignore[arg-type]  # None is the mark for what is not to be found
    from services import client

    from syllabus.cli import main

    package, source, out, body = sys.argv[1:]
    main(["predict", package, source, out])
    with client(package) as asking:
        runs = asking.service.served.runs  # type: ignore[attr-defined]
        told = asking.post("/v1/predict", json=json.loads(body)).json()
        print(json.dumps({"runs": runs, "answers": told, "example": asking.service.served.example}))  # type: ignore[attr-defined]

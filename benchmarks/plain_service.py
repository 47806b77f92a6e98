"""What one would write by hand: FastAPI and ONNX Runtime, no check of anything. benchmarks.serving starts it."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import onnxruntime
import orjson
from fastapi import FastAPI, Request, Response

PACKAGE = Path(os.environ["PACKAGE"])
OPTIONS = onnxruntime.SessionOptions()
OPTIONS.intra_op_num_threads = 1
SESSION = onnxruntime.InferenceSession(PACKAGE / "model.onnx", OPTIONS, providers=["CPUExecutionProvider"])
TEXTS = [one.name for one in SESSION.get_inputs() if "string" in one.type]
NUMBERS = [one.name for one in SESSION.get_inputs() if "string" not in one.type]
CLASSES = json.loads(SESSION.get_modelmeta().custom_metadata_map["classes"])
app = FastAPI()


@app.post("/v1/predict")
async def predict(request: Request) -> Response:
    """Answer rows."""
    rows = orjson.loads(await request.body())["rows"]
    feeds = {name: np.array([row[name] for row in rows], np.float64) for name in NUMBERS}
    feeds |= {name: np.array([row[name] or "" for row in rows], object) for name in TEXTS}
    shares = SESSION.run(None, feeds)[0].tolist()
    found = [
        {"predicted": CLASSES[row.index(max(row))], "probabilities": dict(zip(CLASSES, row, strict=True))}
        for row in shares
    ]
    return Response(orjson.dumps({"predictions": found}), media_type="application/json")

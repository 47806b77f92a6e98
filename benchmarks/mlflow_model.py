"""The same graph as MLflow serves it: benchmarks.serving logs this file, in MLflow's own environment."""

# ruff: noqa
# mypy: ignore-errors
import json

import mlflow
import numpy as np


class Graph(mlflow.pyfunc.PythonModel):
    def load_context(self, context):
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(context.artifacts["graph"], options)
        self.classes = json.loads(self.session.get_modelmeta().custom_metadata_map["classes"])

    def predict(self, context, model_input, params=None):
        feeds = {}
        for one in self.session.get_inputs():
            column = model_input[one.name]
            text = "string" in one.type
            feeds[one.name] = (column.fillna("") if text else column).to_numpy(object if text else np.float64)
        shares = self.session.run(None, feeds)[0].tolist()
        return [
            {"predicted": self.classes[row.index(max(row))], "probabilities": dict(zip(self.classes, row))}
            for row in shares
        ]


mlflow.models.set_model(Graph())

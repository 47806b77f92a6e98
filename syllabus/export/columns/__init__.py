"""From what comes in to the arrays that architectures read: a module of a modality's name, where ONNX can say it."""

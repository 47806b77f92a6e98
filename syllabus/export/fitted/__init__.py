"""From arrays to answers: a module of an architecture's name, where ONNX can say what it has fitted."""

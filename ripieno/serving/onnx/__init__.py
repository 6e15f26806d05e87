"""A published ensemble as one ONNX graph; needs the extra `onnx`."""

"""The embedded sentence model: all-MiniLM-L6-v2 on onnxruntime, as encoder, judge and learner from marks."""

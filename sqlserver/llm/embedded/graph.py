"""The model's computation as an ONNX graph of 28 KB over the safetensors file, and the session that runs it.

Six BERT layers (384 wide, 12 heads), mean over the unpadded tokens, unit length: what sentence-transformers computes
for this model, to 3e-7. 32-bit floats only: with 8-bit weights the same text alone and in a batch differ by 3.5e-2.
"""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

from sqlserver.llm.embedded import onnx_format as onnx

WIDTH, LAYERS, HEADS = 384, 6, 12
HEAD_WIDTH = WIDTH // HEADS
MASKED = -1e9
"""Added to a padded position's attention score: its weight is then exactly 0 in 32-bit floats."""


def build_graph(weights: Path) -> bytes:
    """A ModelProto: ``ids`` int64 [batch, tokens] and ``mask`` float32 [batch, tokens] to ``vectors`` [batch, 384]."""
    builder = _Builder()
    builder.embeddings()
    hidden = "embedded"
    for layer in range(LAYERS):
        hidden = builder.layer(hidden, f"encoder.layer.{layer}", f"l{layer}")
    builder.pooling(hidden)
    return onnx.model(
        builder.nodes,
        [*builder.constants, *_tensors(weights)],
        [onnx.port("ids", onnx.INT64, ["batch", "tokens"]), onnx.port("mask", onnx.FLOAT, ["batch", "tokens"])],
        [onnx.port("vectors", onnx.FLOAT, ["batch", WIDTH])],
    )


def open_session(weights: Path, threads: int = 0) -> Any:
    """An onnxruntime InferenceSession on the CPU (about 0.3 s). ``threads`` 0 means one a core, four at most."""
    # onnxruntime sends usage events to its maker and keeps a device id in the home directory, unless this is set before
    # it is imported.
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or min(4, os.cpu_count() or 1)
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Idle threads that spin would take the engines' share of the machine between two batches.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(weights.parent))
    return onnxruntime.InferenceSession(build_graph(weights), options, providers=["CPUExecutionProvider"])


def _tensors(weights: Path) -> list[bytes]:
    """Every float tensor of the safetensors file by reference: 8 bytes of header length, a JSON header, the data."""
    with weights.open("rb") as file:
        size = int.from_bytes(file.read(8), "little")
        header: dict[str, Any] = json.loads(file.read(size))
    return [
        onnx.external(name, entry["shape"], weights.name, 8 + size + begin, end - begin)
        for name, entry in header.items()
        if name != "__metadata__" and entry["dtype"] == "F32" and not name.startswith("pooler.")
        for begin, end in [entry["data_offsets"]]
    ]


class _Builder:
    """Nodes in order of computation; each method returns the name of what it computed."""

    def __init__(self) -> None:
        self.nodes: list[bytes] = []
        self.constants = [
            onnx.constant("heads", [0, 0, HEADS, HEAD_WIDTH], onnx.INT64),
            onnx.constant("joined", [0, 0, WIDTH], onnx.INT64),
            onnx.constant("scale", [1 / math.sqrt(HEAD_WIDTH)], onnx.FLOAT, scalar=True),
            onnx.constant("one", [1.0], onnx.FLOAT, scalar=True),
            onnx.constant("masked", [MASKED], onnx.FLOAT, scalar=True),
            onnx.constant("tiny", [1e-12], onnx.FLOAT, scalar=True),
            onnx.constant("zero", [0], onnx.INT64),
            onnx.constant("first", [1], onnx.INT64),
            onnx.constant("last", [2], onnx.INT64),
            onnx.constant("middle", [1, 2], onnx.INT64),
        ]

    def add(self, operator: str, inputs: list[str], output: str, **attributes: onnx.AttributeValue) -> str:
        self.nodes.append(onnx.node(operator, inputs, output, **attributes))
        return output

    def norm(self, value: str, weights: str, output: str) -> str:
        inputs = [value, f"{weights}.weight", f"{weights}.bias"]
        return self.add("LayerNormalization", inputs, output, axis=-1, epsilon=1e-12)

    def dense(self, value: str, weights: str, output: str) -> str:
        """PyTorch keeps [out, in]; the transposition is folded into the weights when the session opens."""
        turned = self.add("Transpose", [f"{weights}.weight"], f"{output}.w", perm=[1, 0])
        product = self.add("MatMul", [value, turned], f"{output}.m")
        return self.add("Add", [product, f"{weights}.bias"], output)

    def embeddings(self) -> None:
        self.add("Gather", ["embeddings.word_embeddings.weight", "ids"], "words", axis=0)
        self.add("Shape", ["ids"], "count", start=1, end=2)
        self.add("Slice", ["embeddings.position_embeddings.weight", "zero", "count", "zero"], "places")
        self.add("Slice", ["embeddings.token_type_embeddings.weight", "zero", "first", "zero"], "kind")
        self.add("Add", ["places", "kind"], "places_kind")
        self.add("Add", ["words", "places_kind"], "summed")
        self.norm("summed", "embeddings.LayerNorm", "embedded")
        self.add("Unsqueeze", ["mask", "middle"], "mask4")
        self.add("Sub", ["one", "mask4"], "padded")
        self.add("Mul", ["padded", "masked"], "penalty")

    def heads(self, value: str, weights: str, output: str, perm: list[int]) -> str:
        dense = self.dense(value, weights, f"{output}.d")
        split = self.add("Reshape", [dense, "heads"], f"{output}.r")
        return self.add("Transpose", [split], output, perm=perm)

    def layer(self, hidden: str, weights: str, name: str) -> str:
        attention = f"{weights}.attention"
        query = self.heads(hidden, f"{attention}.self.query", f"{name}.q", [0, 2, 1, 3])
        key = self.heads(hidden, f"{attention}.self.key", f"{name}.k", [0, 2, 3, 1])
        value = self.heads(hidden, f"{attention}.self.value", f"{name}.v", [0, 2, 1, 3])
        scores = self.add("MatMul", [query, key], f"{name}.qk")
        scaled = self.add("Mul", [scores, "scale"], f"{name}.scaled")
        open_scores = self.add("Add", [scaled, "penalty"], f"{name}.open")
        shares = self.add("Softmax", [open_scores], f"{name}.shares", axis=-1)
        mixed = self.add("MatMul", [shares, value], f"{name}.mixed")
        turned = self.add("Transpose", [mixed], f"{name}.turned", perm=[0, 2, 1, 3])
        joined = self.add("Reshape", [turned, "joined"], f"{name}.joined")
        out = self.dense(joined, f"{attention}.output.dense", f"{name}.out")
        middle = self.norm(
            self.add("Add", [out, hidden], f"{name}.skip"), f"{attention}.output.LayerNorm", f"{name}.mid"
        )
        wide = self.add("Gelu", [self.dense(middle, f"{weights}.intermediate.dense", f"{name}.wide")], f"{name}.gelu")
        narrow = self.dense(wide, f"{weights}.output.dense", f"{name}.narrow")
        skipped = self.add("Add", [narrow, middle], f"{name}.skip2")
        return self.norm(skipped, f"{weights}.output.LayerNorm", name)

    def pooling(self, hidden: str) -> None:
        self.add("Unsqueeze", ["mask", "last"], "mask3")
        self.add("Mul", [hidden, "mask3"], "kept")
        self.add("ReduceSum", ["kept", "first"], "total", keepdims=0)
        self.add("ReduceSum", ["mask", "first"], "tokens_kept", keepdims=1)
        self.add("Div", ["total", "tokens_kept"], "mean")
        self.add("ReduceL2", ["mean", "first"], "length", keepdims=1)
        self.add("Max", ["length", "tiny"], "length_safe")
        self.add("Div", ["mean", "length_safe"], "vectors")

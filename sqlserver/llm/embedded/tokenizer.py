"""Text to token ids, as the model was trained: WordPiece, lower case, at most 256 tokens.

The shipped tokenizer.json pads every text to 128 tokens and cuts there; both are set anew here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

MAX_TOKENS = 256
MAX_CHARACTERS = 8_000
"""Beyond this no text of ordinary words fits 256 tokens: the rest is not even read."""


class Tokenizer:
    """Thread-safe: ``encode`` may be called from any worker thread."""

    def __init__(self, path: Path) -> None:
        import tokenizers

        self._tokenizer: Any = tokenizers.Tokenizer.from_file(str(path))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(max_length=MAX_TOKENS)

    def encode(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text, [CLS] and [SEP] included: 2 to 256 of them. Lone surrogates become U+FFFD."""
        readable = [text[:MAX_CHARACTERS].encode("utf-8", "surrogatepass").decode("utf-8", "replace") for text in texts]
        return [encoding.ids for encoding in self._tokenizer.encode_batch(readable)]

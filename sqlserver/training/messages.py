"""What the user reads about training, in the documents' words: the NOTICE and the same line in the log."""

from __future__ import annotations

from sqlserver.core.examples import Injection


def injection_message(cell_name: str, injection: Injection) -> str:
    """``Injected 3 training examples (recent strategy)``, or that there are none yet for this cell."""
    count = len(injection.examples.examples)
    if count == 0:
        return f"No training examples available yet for {cell_name}"
    return f"Injected {count} training examples ({injection.examples.strategy} strategy)"

"""What the user reads about training, in the documents' words: the NOTICE and the same line in the log."""

from __future__ import annotations

import logging

from sqlserver.core.examples import Injection
from sqlserver.core.notice import Notice

log = logging.getLogger(__name__)


def injection_notices(cascade_id: str, cell_name: str, injection: Injection) -> tuple[Notice, ...]:
    """What the user is told of a cell's examples; the log gets it here."""
    message = injection_message(cell_name, injection)
    log.info(message, extra={"cascade_id": cascade_id, "cell_name": cell_name})
    notice = Notice(message)
    return (Notice(injection.warning, "WARNING", "01000"), notice) if injection.warning else (notice,)


def injection_message(cell_name: str, injection: Injection) -> str:
    """``Injected 3 training examples (recent strategy)``, or that there are none yet for this cell."""
    count = len(injection.examples.examples)
    if count == 0:
        return f"No training examples available yet for {cell_name}"
    return f"Injected {count} training examples ({injection.examples.strategy} strategy)"

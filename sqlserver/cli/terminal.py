"""What the commands tell a person while they work: notices on stderr, so that stdout holds results alone."""

from __future__ import annotations

import sys

from sqlserver.core.notice import Notice


def print_notice(notice: Notice) -> None:
    """As psql prints it: ``NOTICE:  Injected 3 training examples (recent strategy)``."""
    print(f"{notice.severity}:  {notice.message}", file=sys.stderr)
    for label, text in (("DETAIL", notice.detail), ("HINT", notice.hint)):
        if text:
            print(f"{label}:  {text}", file=sys.stderr)

"""What a session's own rows were numbered last: see ``own_numbers``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Name = tuple[str, str]
"""Schema and name of a sequence."""


@dataclass(slots=True)
class LastNumbers:
    """``of`` is by sequence, ``last`` the one that gave the latest. ``numbered``: the columns of a table as written
    (behind the search path) with their sequences, as of one version of the catalog."""

    of: dict[Name, int] = field(default_factory=dict)
    last: Name | None = None
    version: int = -1
    numbered: dict[tuple[str, str | None, str], Mapping[str, Name]] = field(default_factory=dict)

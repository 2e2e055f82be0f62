"""How a session wants its values written: the settings that PostgreSQL's output functions look at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OutputStyle:
    """``time_zone``: an IANA name or an offset such as ``+02:00``. ``date_style``: ``ISO``, ``SQL``, ``Postgres`` or
    ``German``; ``date_order``: ``MDY``, ``DMY`` or ``YMD``. The rest as the settings of these names."""

    time_zone: str = "UTC"
    date_style: str = "ISO"
    date_order: str = "MDY"
    interval_style: str = "postgres"
    bytea_output: str = "hex"
    extra_float_digits: int = 1


DEFAULT_STYLE = OutputStyle()

"""The settings that the engine must know as well: time zone and search path.

They are handed over before the next statement that the engine runs, where they have changed: a ROLLBACK changes them
too, and DuckDB's own settings do not follow its transactions.
"""

from __future__ import annotations

from sqlserver.config.session_settings import SessionSettings
from sqlserver.config.setting_checks import fixed_offset, name_list
from sqlserver.engines.engine import SessionEngine


class EngineSettings:
    def __init__(self, engine: SessionEngine, settings: SessionSettings) -> None:
        self._engine = engine
        self._settings = settings
        self._revision = -1
        self._zone = ""
        self._path = settings.get("search_path")

    @property
    def stale(self) -> bool:
        """Whether ``apply`` may have something to do: one comparison, for every statement."""
        return self._revision != self._settings.revision

    async def apply(self) -> None:
        revision = self._settings.revision
        zone, path = self._settings.get("timezone"), self._settings.get("search_path")
        if zone != self._zone:
            await self._engine.set_time_zone(_engine_zone(zone))
            self._zone = zone
        if path != self._path:
            await self._engine.set_search_path([name for name in name_list(path) if name not in ("$user", "pg_temp")])
            self._path = path
        self._revision = revision


def _engine_zone(zone: str) -> str:
    offset = fixed_offset(zone)
    return zone if offset is None else f"GMT{offset}"

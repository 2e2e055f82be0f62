"""Settings in the form the front end uses them, made again only when one has changed."""

from __future__ import annotations

from sqlserver.config.session_settings import SessionSettings
from sqlserver.config.setting_checks import fixed_offset
from sqlserver.core.client_session import IdleLimit
from sqlserver.core.errors import IdleInTransactionTimeout, IdleSessionTimeout, ServerError
from sqlserver.core.output_style import DEFAULT_STYLE, OutputStyle


class SettingsInUse:
    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self._revision = -1
        self._style = DEFAULT_STYLE
        self._idle: IdleLimit | None = None
        self._idle_in_block: IdleLimit | None = None

    def output_style(self) -> OutputStyle:
        self._refresh()
        return self._style

    def idle_limit(self, *, in_block: bool) -> IdleLimit | None:
        self._refresh()
        return self._idle_in_block if in_block else self._idle

    def _refresh(self) -> None:
        settings = self._settings
        if self._revision == settings.revision:
            return
        self._revision = settings.revision
        zone = settings.get("timezone")
        style, _, order = settings.get("datestyle").partition(", ")
        self._style = OutputStyle(
            fixed_offset(zone) or zone,
            style,
            order,
            settings.get("intervalstyle"),
            settings.get("bytea_output"),
            int(settings.get("extra_float_digits")),
        )
        self._idle = self._limit(
            "idle_session_timeout", IdleSessionTimeout("terminating connection due to idle-session timeout")
        )
        self._idle_in_block = self._limit(
            "idle_in_transaction_session_timeout",
            IdleInTransactionTimeout("terminating connection due to idle-in-transaction timeout"),
        )

    def _limit(self, name: str, fault: ServerError) -> IdleLimit | None:
        seconds = self._settings.seconds(name)
        return None if seconds is None else IdleLimit(seconds, fault)

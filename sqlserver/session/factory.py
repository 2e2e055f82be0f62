"""Opens sessions: the database asked for, the settings the client brought, and what it is told first."""

from __future__ import annotations

from typing import Protocol

from sqlserver.commands.transaction_marks import TransactionMarks
from sqlserver.config.session_settings import SessionSettings
from sqlserver.core.client_session import StartupRequest
from sqlserver.core.identity import uuid7
from sqlserver.core.notice import Notice, NoticeSink
from sqlserver.core.roles import Authority, Role, administrator
from sqlserver.engines.engine import SessionEngine
from sqlserver.session.engine_settings import EngineSettings
from sqlserver.session.notifications import Notifications
from sqlserver.session.running import Running
from sqlserver.session.services import Services
from sqlserver.session.session import Session
from sqlserver.session.setting_commands import SettingCommands
from sqlserver.session.state import SessionState, filtered
from sqlserver.session.statement import StatementReader
from sqlserver.session.tables.foreign_keys import ForeignKeys
from sqlserver.session.transaction import Transaction

_NOT_SETTINGS = frozenset({"user", "database", "replication", "options"})


class OpenDatabase(Protocol):
    def session(self, authority: Authority) -> SessionEngine: ...


class OpenDatabases(Protocol):
    async def open(self, name: str) -> OpenDatabase: ...


class Sessions:
    """Implements ``core.client_session.SessionFactory``.

    ``first_use`` is told to a session with its first statement that asks a model.
    """

    def __init__(self, services: Services, databases: OpenDatabases, first_use: Notice | None = None) -> None:
        self._services = services
        self._databases = databases
        self._first_use = first_use

    async def open_session(self, request: StartupRequest, notices: NoticeSink) -> Session:
        settings = SessionSettings()
        unknown = []
        for name, value in request.options.items():
            if name in _NOT_SETTINGS:
                continue
            if settings.knows(name):
                settings.set(name, value)
            else:
                unknown.append(name)
        authority = self._authority(request)
        settings.state("is_superuser", "on" if authority.role() is Role.ADMIN else "off")
        settings.state("session_authorization", authority.user)
        settings.keep_as_startup()
        notify = filtered(notices, settings)
        engine = (await self._databases.open(request.database)).session(authority)
        marks = TransactionMarks(self._services.store)
        foreign_keys = ForeignKeys(engine)
        notifications = Notifications(
            self._services.exchange, request.database, request.process_id, request.client.notified
        )
        state = SessionState(
            services=self._services,
            engine=engine,
            settings=settings,
            setting_commands=SettingCommands(settings, notify),
            transaction=Transaction(
                engine, (settings, marks, foreign_keys, notifications), foreign_keys.check_deferred
            ),
            foreign_keys=foreign_keys,
            notifications=notifications,
            marks=marks,
            reader=StatementReader(engine),
            running=Running(engine.interrupt),
            notify=notify,
            authority=authority,
            database=request.database,
            session_id=f"sql-{uuid7()}",
            engine_settings=EngineSettings(engine, settings),
            first_use=self._first_use,
            process_id=request.process_id,
            client=request.client,
        )
        self._services.backends.add(state)
        for name in unknown:
            notify(Notice(f'unrecognized configuration parameter "{name}" was ignored', "WARNING", "42704"))
        return Session(state)

    def _authority(self, request: StartupRequest) -> Authority:
        if request.trusted:
            return administrator(request.user)
        users = self._services.users
        return Authority(request.user, lambda: users.role(request.user))

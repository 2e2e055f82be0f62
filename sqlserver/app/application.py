"""The whole server without its listening sockets: everything that is built once, and closed in the reverse order."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import Self

from sqlserver.app.cascade_run import CascadeRunner
from sqlserver.app.control_session import ControlParts, ControlSessions
from sqlserver.cascade.library import CascadeLibrary
from sqlserver.config.models_file import load_models
from sqlserver.config.settings import Settings
from sqlserver.config.sources_file import read_sources
from sqlserver.config.users_file import UsersFile
from sqlserver.core.client_session import SessionFactory
from sqlserver.core.notice import Notice
from sqlserver.engines.databases import DatabaseDirectory
from sqlserver.engines.duckdb_database import DuckDBSettings
from sqlserver.llm.registry import open_models
from sqlserver.semantic.answer_memory import AnswerMemory
from sqlserver.semantic.answerer import Answerer
from sqlserver.semantic.corrections import Corrections
from sqlserver.semantic.fair_slots import FairSlots
from sqlserver.session.factory import Sessions
from sqlserver.session.services import Limits, Services
from sqlserver.store.log_store import LogStore
from sqlserver.store.migrations import Migrations
from sqlserver.training.retrieval import ExampleRetriever

NO_ENDPOINT = Notice(
    "no model endpoint is configured: operators are answered by the embedded sentence model",
    hint="It judges by topical similarity and learns from marks; ASK and EXTRACTS need an endpoint. "
    "Set SQLSERVER_LLM_BASE_URL, SQLSERVER_LLM_API_KEY and SQLSERVER_LLM_MODEL and restart.",
)


class Application:
    """``sessions`` is what a front end needs. Assumes that this process owns the data directory."""

    def __init__(self, sessions: SessionFactory, has_endpoint: bool, closing: AsyncExitStack) -> None:
        self.sessions = sessions
        self.has_endpoint = has_endpoint
        self._closing = closing

    @classmethod
    async def open(cls, settings: Settings, users: UsersFile, token: str) -> Self:
        """``token`` is what this machine's own commands show.

        Raises ConfigurationFault for broken files, 55006 where the store is in use.
        """
        models_config = load_models(
            settings.data_dir / "models.yaml",
            base_url=settings.llm_base_url,
            api_key=settings.llm_api_key,
            model=settings.llm_model,
            concurrency=settings.concurrency,
        )
        async with AsyncExitStack() as opening:
            store = await LogStore.open(settings)
            opening.push_async_callback(store.close)
            models = open_models(models_config)
            opening.push_async_callback(models.close)
            databases = DatabaseDirectory(settings.data_dir, _duckdb_settings(settings))
            databases.enter_files_folder()
            opening.push_async_callback(databases.close_all)
            if settings.database is not None and not databases.exists(settings.database):
                await databases.create(settings.database)
            library = CascadeLibrary.with_shipped(settings.cascades, settings.operators)
            examples = ExampleRetriever(store)
            answerer = Answerer(
                cascades=library,
                models=models,
                call_log=store,
                injections=examples,
                corrections=Corrections(store, store),
                slots=FairSlots(settings.concurrency),
                memory=AnswerMemory(settings.cache_entries),
            )
            deadline = float(settings.statement_deadline)
            limits = Limits(settings.max_calls, settings.concurrency, deadline)
            services = Services(library, answerer, store, databases, limits, users)
            first_use = None if models_config.has_endpoint else NO_ENDPOINT
            sessions = ControlSessions(
                Sessions(services, databases, first_use),
                ControlParts(CascadeRunner(models, store, examples, deadline), Migrations(store.clickhouse)),
                token,
            )
            return cls(sessions, models_config.has_endpoint, opening.pop_all())

    async def close(self) -> None:
        await self._closing.aclose()


def _duckdb_settings(settings: Settings) -> DuckDBSettings:
    return DuckDBSettings(
        settings.data_dir / "files",
        settings.data_dir / "temp",
        memory_limit=settings.duckdb_memory_limit,
        threads=settings.duckdb_threads,
        sources=read_sources(settings.data_dir / "sources.yaml"),
    )

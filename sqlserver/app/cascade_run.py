"""Runs a cascade that came as the text of a file, outside any SQL statement: trained and logged as everywhere."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlserver.cascade.loader import definitions_of
from sqlserver.cascade.model import Cascade
from sqlserver.cascade.run_context import CascadeAnswer, RunContext
from sqlserver.cascade.runner import run_cascade
from sqlserver.config.yaml_file import parse_yaml
from sqlserver.core.call_log import CallLog, StatementTrace
from sqlserver.core.errors import ConfigurationFault
from sqlserver.core.examples import Injection
from sqlserver.core.identity import uuid7
from sqlserver.core.model import Models
from sqlserver.core.notice import NoticeSink
from sqlserver.training.messages import injection_notices
from sqlserver.training.retrieval import ExampleRetriever


class CascadeRunner:
    """``deadline`` in seconds is for all calls of a run together."""

    def __init__(self, models: Models, call_log: CallLog, examples: ExampleRetriever, deadline: float) -> None:
        self._models = models
        self._log = call_log
        self._examples = examples
        self._deadline = deadline

    async def run_text(
        self, text: str, path: str, inputs: Mapping[str, object], *, session_id: str, db_user: str, notify: NoticeSink
    ) -> CascadeAnswer:
        """``path`` is what messages call the file. Raises YamlFault (F0000) and what ``run_cascade`` raises."""
        cascade = definitions_of(parse_yaml(text, path)).cascade
        if cascade is None:
            raise ConfigurationFault(
                f"{path}: defines no cascade", hint="A cascade has cascade_id, inputs_schema and cells."
            )
        caller_id = f"run-{uuid7()}"
        context = RunContext(
            session_id=session_id or caller_id,
            caller_id=caller_id,
            deadline=asyncio.get_running_loop().time() + self._deadline,
            db_user=db_user,
        )
        injections = await self._injections(cascade, notify)
        answer = await run_cascade(cascade, inputs, context, injections, self._models, self._log)
        trace = StatementTrace(caller_id, context.session_id, answer.trace_id, cascade.cascade_id, cached=False)
        await self._log.trace_statement((trace,))
        return answer

    async def _injections(self, cascade: Cascade, notify: NoticeSink) -> dict[str, Injection]:
        """By cell name; each is told to the caller."""
        injections = {}
        for cell in cascade.cells:
            if not cell.use_training:
                continue
            asked = cell.trained_locally() if self._models.is_local(cell.model) else cell
            injection = await self._examples.examples_for(cascade.cascade_id, asked, cascade.cascade_id)
            injections[cell.name] = injection
            for notice in injection_notices(cascade.cascade_id, cell.name, injection):
                notify(notice)
        return injections

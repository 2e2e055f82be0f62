"""Runs a cascade for one set of inputs: cell after cell, each model call logged before it leaves and before it counts.

A log row per request: a failed try, an unreadable reply and a cancelled call have rows (and trace ids) of their own.
Tries of one request share its request id; the second request after an unreadable reply has its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from sqlserver.cascade.logged_call import LoggedCall
from sqlserver.cascade.model import Cascade, Cell
from sqlserver.cascade.output_schema import Mismatch, check
from sqlserver.cascade.prompt import system_message, user_message
from sqlserver.cascade.reply import output_text, read_reply, reply_schema, request_schema, typed, unreadable
from sqlserver.cascade.run_context import CascadeAnswer, RunContext
from sqlserver.core.call_log import CallLog
from sqlserver.core.errors import DiskFull, FeatureNotSupported, InvalidParameterValue, ServerError
from sqlserver.core.examples import NO_INJECTION, Injection
from sqlserver.core.identity import json_value
from sqlserver.core.model import ModelReply, ModelRequest, Models

_SHOWN = 2_000
"""Characters of an unreadable reply that the second request repeats."""


async def run_cascade(  # noqa: PLR0917 - the six things a run needs, in the order of the road
    cascade: Cascade,
    inputs: Mapping[str, object],
    context: RunContext,
    injections: Mapping[str, Injection],
    models: Models,
    log: CallLog,
) -> CascadeAnswer:
    """The last cell's answer. ``injections`` by cell name.

    Raises InvalidParameterValue (22023) for missing inputs, FeatureNotSupported (0A000) where only free text would do
    and the embedded model would have to write it, InvalidTextRepresentation (22P02) for a reply that stays unreadable,
    and what ``Models.complete`` and the log raise.
    """
    known = _checked_inputs(cascade, inputs)
    check_answerable(cascade, models, context.model)
    outputs: dict[str, object] = {}
    answer = CascadeAnswer(None, "", "")
    for cell in cascade.cells:
        run = _CellRun(
            cascade,
            cell,
            inputs=known,
            outputs=outputs,
            context=context,
            injection=injections.get(cell.name, NO_INJECTION),
        )
        answer = await run.answer(models, log)
        outputs[cell.name] = answer.value if cell is not cascade.final_cell else answer.output
    return answer


def check_answerable(cascade: Cascade, models: Models, override: str | None = None) -> None:
    """Raises FeatureNotSupported (0A000), before any call, where a cell needs text and its model cannot write."""
    for cell in cascade.cells:
        if cell.local.task == "none" and models.is_local(cell.model_for(override)):
            raise FeatureNotSupported(
                f'cell "{cell.name}" of cascade "{cascade.cascade_id}" needs a model that writes text, '
                "and the embedded model cannot",
                hint="Configure an OpenAI-compatible endpoint: set SQLSERVER_LLM_BASE_URL (with SQLSERVER_LLM_API_KEY "
                "and SQLSERVER_LLM_MODEL) and restart, or list it in models.yaml.",
            )


class _CellRun:
    """One cell with what it is asked."""

    def __init__(
        self,
        cascade: Cascade,
        cell: Cell,
        *,
        inputs: Mapping[str, object],
        outputs: Mapping[str, object],
        context: RunContext,
        injection: Injection,
    ) -> None:
        self._cascade = cascade
        self._cell = cell
        self._inputs = inputs
        self._context = context
        self._injection = injection
        self._is_final = cell is cascade.final_cell
        self._outputs = outputs
        self._schema: dict[str, object] | None = None
        self._user = ""
        self._system = system_message(cell, injection)

    async def answer(self, models: Models, log: CallLog) -> CascadeAnswer:
        """The value of the first readable reply; one second request after an unreadable one."""
        call = self._call(log)
        try:
            schema = reply_schema(self._cascade, self._cell, self._context.operator)
            self._schema = request_schema(schema, self._inputs)
            self._user = user_message(self._cell, self._inputs, self._outputs)
        except ServerError as error:
            await call.refuse(models.resolve(self._cell.model_for(self._context.model)), error.message)
            raise
        reply = await self._ask(call, models, self._user)
        try:
            return await self._accept(call, reply)
        except Mismatch as mismatch:
            await call.conclude(reply, "invalid", error=str(mismatch))
            if reply.value is not None:
                raise unreadable(self._cell, reply.text, mismatch) from mismatch
            second = self._call(log)
            reply = await self._ask(second, models, self._repair(reply.text, mismatch))
        try:
            return await self._accept(second, reply)
        except Mismatch as mismatch:
            await second.conclude(reply, "invalid", error=str(mismatch))
            raise unreadable(self._cell, reply.text, mismatch) from mismatch

    def _call(self, log: CallLog) -> LoggedCall:
        context = self._context if self._is_final else self._context.without_cache_key()
        return LoggedCall(
            log, self._cascade, self._cell, inputs=self._inputs, context=context, examples=self._injection.examples
        )

    async def _ask(self, call: LoggedCall, models: Models, user: str) -> ModelReply:
        alias = self._cell.model_for(self._context.model)
        model = models.resolve(alias)
        request = ModelRequest(
            model=alias,
            system=self._system,
            user=user,
            inputs=self._inputs,
            examples=self._injection.examples.examples,
            output_schema=self._schema,
            local_task=self._cell.local.task,
            local_arguments=self._cell.local.inputs,
            max_tokens=self._cell.max_tokens,
            temperature=self._cell.temperature,
        )
        try:
            await call.intend(request, model)
            return await models.complete(request, self._context.deadline, call.failed_attempt)
        except asyncio.CancelledError:
            await call.abandon("cancelled", "canceled")
            raise
        except DiskFull:
            raise
        except ServerError as error:
            await call.abandon("failed", error.message)
            raise

    async def _accept(self, call: LoggedCall, reply: ModelReply) -> CascadeAnswer:
        """Reads the reply and logs the outcome; raises Mismatch with nothing logged."""
        if reply.value is None:
            value = read_reply(reply.text, self._schema)
        else:
            value = reply.value
            if self._schema is not None:
                check(value, self._schema)
        output = output_text(value)
        operator = self._context.operator
        if self._is_final and operator is not None:
            value = typed(value, operator.returns)
        await call.conclude(reply, "ok", output=output)
        return CascadeAnswer(value, output, call.trace_id, reply.warning)

    def _repair(self, text: str, mismatch: Mismatch) -> str:
        wanted = "" if self._schema is None else f" It must be {' or '.join(_types(self._schema))}, and nothing else."
        return (
            f"{self._user}\n\nYour previous reply could not be used: {mismatch}. It was:\n\n{text[:_SHOWN]}\n\n"
            f"Give only the answer.{wanted}"
        )


def _types(schema: Mapping[str, object]) -> list[str]:
    enum = schema.get("enum")
    if isinstance(enum, list):
        return [f'"{label}"' for label in enum]
    kind = schema.get("type")
    names = [str(name) for name in kind] if isinstance(kind, list) else [str(kind)]
    return ["true or false" if name == "boolean" else f"a JSON {name}" for name in names]


def _checked_inputs(cascade: Cascade, inputs: Mapping[str, object]) -> dict[str, object]:
    """The inputs as JSON values, in the cascade's order."""
    for name in cascade.inputs:
        if name not in inputs:
            raise InvalidParameterValue(f'cascade "{cascade.cascade_id}" needs the input "{name}"')
    unknown = [name for name in inputs if name not in cascade.inputs]
    if unknown and cascade.inputs:
        known = ", ".join(cascade.inputs)
        raise InvalidParameterValue(f'cascade "{cascade.cascade_id}" has no input "{unknown[0]}" (it has {known})')
    return {name: json_value(inputs[name]) for name in (*cascade.inputs, *unknown)}

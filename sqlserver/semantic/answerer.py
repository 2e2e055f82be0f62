"""Distinct inputs of one semantic call → answers, each from the cheapest place that has it.

    correction → memory → store → single flight → budget → slots → cascade → memory

The cache key holds everything an answer depends on: operator, cascade version, the models behind its cells, the inputs
and the examples injected. So editing a prompt, changing a model or marking a trace changes the key, and no stale answer
can be found.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlserver.cascade.model import Cascade, Cell
from sqlserver.cascade.reply import read_output
from sqlserver.cascade.run_context import RunContext
from sqlserver.cascade.runner import check_answerable, run_cascade
from sqlserver.core.call_log import CallLog, StatementTrace
from sqlserver.core.errors import DiskFull, FeatureNotSupported, ModelUnreachable, ServerError
from sqlserver.core.examples import NO_INJECTION, Injection
from sqlserver.core.identity import canonical_json, digest, json_value
from sqlserver.core.model import Models
from sqlserver.core.notice import Notice
from sqlserver.core.operators import Operator
from sqlserver.semantic.answer import Answer
from sqlserver.semantic.answer_memory import AnswerMemory
from sqlserver.semantic.corrections import Corrections
from sqlserver.semantic.fair_slots import FairSlots
from sqlserver.semantic.single_flight import SingleFlight
from sqlserver.semantic.slotted_models import SlottedModels
from sqlserver.semantic.statement import SemanticStatement
from sqlserver.training.messages import injection_notices

_AHEAD = 16
"""Calls of a statement that are being prepared or concluded while others hold the slots."""

_ENDS_THE_STATEMENT = (ModelUnreachable, FeatureNotSupported, DiskFull)
"""Errors that every further call would meet too: the statement ends at once instead of failing row by row."""


class CascadeSource(Protocol):
    def cascade(self, cascade_id: str) -> Cascade: ...


class InjectionSource(Protocol):
    async def examples_for(self, cascade_id: str, cell: Cell, seed: str) -> Injection: ...


@dataclass(frozen=True, slots=True)
class _Question:
    """One input under its cache key."""

    key: str
    inputs: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Stage:
    """What all questions of one call share."""

    operator: Operator
    cascade: Cascade
    injections: Mapping[str, Injection]
    statement: SemanticStatement
    models: Models


class Answerer:
    """Shared by all sessions of the server; holds the answers in memory and the calls under way."""

    def __init__(
        self,
        *,
        cascades: CascadeSource,
        models: Models,
        call_log: CallLog,
        injections: InjectionSource,
        corrections: Corrections,
        slots: FairSlots,
        memory: AnswerMemory,
    ) -> None:
        self._cascades = cascades
        self._models = models
        self._log = call_log
        self._injections = injections
        self._corrections = corrections
        self._slots = slots
        self._memory = memory
        self._flights = SingleFlight()

    async def answer(
        self, operator: Operator, tuples: Sequence[tuple[object, ...]], statement: SemanticStatement
    ) -> list[Answer]:
        """One answer for each tuple of arguments, in order. The tuples are distinct and hold no NULL.

        Raises BudgetExceeded (53400) before any call, ModelUnreachable, FeatureNotSupported, DiskFull, and with
        ``fail_on_error`` the first failure.
        """
        if not tuples:
            return []
        statement.used_semantics = True
        stage = await self._stage(operator, statement)
        names = [argument.name for argument in operator.arguments]
        identity = self._identity(stage)
        questions = [_question(identity, names, values) for values in tuples]
        found = await self._known(stage, questions)
        missing = [question for question in questions if question.key not in found]
        if missing:
            check_answerable(stage.cascade, self._models, statement.options.model)
            # Two argument tuples may be one question (1 and 1.0 as text): count and ask it once.
            missing = list({question.key: question for question in missing}.values())
            statement.reserve(len(missing), operator.name)
            self._tell_examples(stage)
            found.update(await self._ask_all(stage, missing))
        answers = [found[question.key] for question in questions]
        await self._remember_use(stage, answers)
        self._tell_failures(stage, answers)
        return answers

    async def _stage(self, operator: Operator, statement: SemanticStatement) -> _Stage:
        cascade = self._cascades.cascade(operator.cascade_id)
        injections: dict[str, Injection] = {}
        if statement.options.training:
            for cell in cascade.cells:
                if not cell.use_training:
                    continue
                local = self._models.is_local(cell.model_for(statement.options.model))
                injections[cell.name] = await self._injections.examples_for(
                    cascade.cascade_id, cell.trained_locally() if local else cell, statement.text
                )
        models = SlottedModels(self._models, self._slots, statement.session_id, statement.options.concurrency)
        return _Stage(operator, cascade, injections, statement, models)

    def _identity(self, stage: _Stage) -> str:
        """The part of the cache key that all inputs of the stage share."""
        override = stage.statement.options.model
        parts = [stage.operator.name, stage.operator.returns, stage.cascade.version]
        for cell in stage.cascade.cells:
            parts.append(self._models.resolve(cell.model_for(override)))
            parts.append(stage.injections.get(cell.name, NO_INJECTION).examples.set_hash)
        return digest(*parts)

    async def _known(self, stage: _Stage, questions: Sequence[_Question]) -> dict[str, Answer]:
        """What needs no call: corrections first, then memory, then the store."""
        found: dict[str, Answer] = {}
        if stage.statement.options.corrections:
            found.update(await self._corrected(stage, questions))
        if stage.statement.options.cache != "on":
            return found
        for question in questions:
            if question.key not in found and (answer := self._memory.get(question.key)) is not None:
                found[question.key] = answer
        missing = [question.key for question in questions if question.key not in found]
        if not missing:
            return found
        for key, cached in (await self._log.cached(missing)).items():
            value = read_output(stage.cascade, cached.output, stage.operator)
            answer = Answer(value, cached.trace_id, cached=True)
            self._memory.put(key, answer)
            found[key] = answer
        return found

    async def _corrected(self, stage: _Stage, questions: Sequence[_Question]) -> dict[str, Answer]:
        by_inputs = await self._corrections.answers(
            stage.cascade, stage.operator, [question.inputs for question in questions], stage.statement
        )
        return {questions[index].key: answer for index, answer in by_inputs.items()}

    async def _ask_all(self, stage: _Stage, questions: Sequence[_Question]) -> dict[str, Answer]:
        """Asks with a few more workers than requests may be under way; the first fatal error stops them all."""
        answers: dict[str, Answer] = {}
        waiting = iter(questions)

        async def work() -> None:
            for question in waiting:
                answers[question.key] = await self._ask(stage, question)

        workers = min(stage.statement.options.concurrency + _AHEAD, len(questions))
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(workers):
                    group.create_task(work())
        except BaseExceptionGroup as errors:
            first = _first_error(errors)
            raise first from None
        return answers

    async def _ask(self, stage: _Stage, question: _Question) -> Answer:
        options = stage.statement.options
        asked = True
        if options.cache == "off":
            answer = await self._call(stage, question)
        else:
            answer, asked = await self._flights.ask(question.key, lambda: self._call(stage, question))
        if answer.error is not None:
            # Whoever shares the call decides by its own settings what a failure is.
            if options.fail_on_error:
                raise answer.error
            return answer
        reused = Answer(answer.value, answer.trace_id, cached=True)
        if asked and options.cache != "off":
            self._memory.put(question.key, reused)
        return answer if asked else reused

    async def _call(self, stage: _Stage, question: _Question) -> Answer:
        """One run of the cascade; a failure that concerns this input alone is in the answer, any other is raised."""
        statement = stage.statement
        context = RunContext(
            session_id=statement.session_id,
            caller_id=statement.caller_id,
            deadline=statement.deadline,
            db_user=statement.db_user,
            operator=stage.operator,
            model=statement.options.model,
            cache_key=question.key if statement.options.cache != "off" else "",
        )
        try:
            result = await run_cascade(
                stage.cascade, question.inputs, context, stage.injections, stage.models, self._log
            )
        except _ENDS_THE_STATEMENT:
            raise
        except ServerError as error:
            return Answer(None, "", error=error)
        if result.warning:
            statement.tell_once(Notice(result.warning, "WARNING", "01000"))
        return Answer(result.value, result.trace_id)

    async def _remember_use(self, stage: _Stage, answers: Sequence[Answer]) -> None:
        statement = stage.statement
        await self._log.trace_statement(
            StatementTrace(
                statement.caller_id, statement.session_id, answer.trace_id, stage.operator.name, answer.cached
            )
            for answer in answers
            if answer.trace_id
        )

    def _tell_examples(self, stage: _Stage) -> None:
        """The documents' console lines, once a statement and cell."""
        for cell in stage.cascade.cells:
            injection = stage.injections.get(cell.name)
            if injection is not None:
                for notice in injection_notices(stage.cascade.cascade_id, cell.name, injection):
                    stage.statement.tell_once(notice)

    @staticmethod
    def _tell_failures(stage: _Stage, answers: Sequence[Answer]) -> None:
        failed = [answer.error for answer in answers if answer.error is not None]
        if failed:
            stage.statement.notify(
                Notice(
                    f"{len(failed)} of {len(answers)} answers of {stage.operator.name} failed and are NULL",
                    "WARNING",
                    "01000",
                    detail=f"The first failure: {failed[0].message}",
                    hint="SELECT * FROM semantic_errors shows them; SET semantic.on_error = 'error' makes them errors.",
                )
            )


def _question(identity: str, names: Sequence[str], values: Sequence[object]) -> _Question:
    inputs = {name: json_value(value) for name, value in zip(names, values, strict=True)}
    return _Question(digest(identity, canonical_json(inputs)), inputs)


def _first_error(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The ServerError among the workers' errors, else whatever came first."""
    leaves: list[BaseException] = []
    stack: list[BaseException] = [errors]
    while stack:
        error = stack.pop()
        if isinstance(error, BaseExceptionGroup):
            stack.extend(error.exceptions)
        else:
            leaves.append(error)
    return next((error for error in leaves if isinstance(error, ServerError)), leaves[-1])

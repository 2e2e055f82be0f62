"""What the embedded model can be asked: one function a task, from named inputs to an answer."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlserver.core.errors import FeatureNotSupported, InvalidParameterValue
from sqlserver.core.model import LocalTask, ModelRequest
from sqlserver.llm.embedded.caveats import caveat
from sqlserver.llm.embedded.classifier import choose
from sqlserver.llm.embedded.judge import Features, decide, probability
from sqlserver.llm.embedded.knowledge import Knowledge
from sqlserver.llm.embedded.sound import likeness, sounds_alike

CONFIGURE = (
    "Configure an OpenAI-compatible endpoint: set SQLSERVER_LLM_BASE_URL, SQLSERVER_LLM_API_KEY and "
    "SQLSERVER_LLM_MODEL (or write models.yaml in the data directory) and start the server again."
)


@dataclass(frozen=True, slots=True)
class LocalAnswer:
    """``value`` is typed, ``text`` the same as a chat model would write it; ``marks`` counts the examples used."""

    value: object
    text: str
    score: float | None = None
    marks: int = 0
    warning: str = ""


async def judge(knowledge: Knowledge, request: ModelRequest) -> LocalAnswer:
    """(text, criterion) → bool."""
    value, marks, warning = await _decision(knowledge, request)
    return LocalAnswer(value >= 0, "true" if value >= 0 else "false", probability(value), marks, warning)


async def score(knowledge: Knowledge, request: ModelRequest) -> LocalAnswer:
    """(text, criterion) → 0 to 1, .5 where ``judge`` turns true."""
    value, marks, warning = await _decision(knowledge, request)
    number = round(probability(value), 4)
    return LocalAnswer(number, f"{number:g}", number, marks, warning)


async def classify(knowledge: Knowledge, request: ModelRequest) -> LocalAnswer:
    """(text, labels) → one of the labels, as written."""
    arguments = request.local_arguments[:2]
    text, given = (request.inputs.get(name) for name in _two(arguments))
    names = labels_of(given)
    background = await knowledge.background()
    labels = await knowledge.labels(names)
    marks, count = await knowledge.label_marks(request.examples, arguments, names)
    features = await _features(knowledge, text)
    choice = choose(features, labels, marks, background.centre)
    return LocalAnswer(choice.label, choice.label, choice.probability, count)


async def similarity(knowledge: Knowledge, request: ModelRequest) -> LocalAnswer:
    """(left, right) → cosine, negative ones as 0."""
    left, right = await knowledge.features([_text(request.inputs.get(name)) for name in _two(request.local_arguments)])
    number = round(max(0.0, min(1.0, float(left.vector @ right.vector))), 4)
    return LocalAnswer(number, f"{number:g}", number)


async def embed(knowledge: Knowledge, request: ModelRequest) -> LocalAnswer:
    """(text) → 384 numbers of length 1."""
    features = await _features(knowledge, request.inputs.get(_first(request.local_arguments)))
    numbers = [round(float(number), 7) for number in features.vector]
    return LocalAnswer(numbers, json.dumps(numbers))


async def sound(_: Knowledge, request: ModelRequest) -> LocalAnswer:
    """(left, right) → bool: whether they sound alike when spoken. A marked pair is answered as marked."""
    names = _two(request.local_arguments)
    left, right = (_text(request.inputs.get(name)) for name in names)
    marked = [
        example.output.strip().lower() == "true"
        for example in request.examples
        if [example.inputs.get(name) for name in names] == [left, right]
    ]
    value = marked[0] if marked else sounds_alike(left, right)
    return LocalAnswer(value, "true" if value else "false", round(likeness(left, right), 4), len(marked))


async def refuse(_: Knowledge, request: ModelRequest) -> LocalAnswer:
    raise FeatureNotSupported("the embedded model cannot write free text", hint=CONFIGURE)


TASKS: Mapping[LocalTask, Callable[[Knowledge, ModelRequest], Awaitable[LocalAnswer]]] = {
    "judge": judge,
    "score": score,
    "classify": classify,
    "similarity": similarity,
    "embed": embed,
    "sound": sound,
    "none": refuse,
}


async def _decision(knowledge: Knowledge, request: ModelRequest) -> tuple[float, int, str]:
    arguments = request.local_arguments[:2]
    text, given = (request.inputs.get(name) for name in _two(arguments))
    wanted = _text(given)
    criterion = await knowledge.criterion(wanted)
    marks = await knowledge.marks(request.examples, arguments, wanted) if request.examples else None
    features = await _features(knowledge, text)
    return decide(features, criterion, marks), marks.count if marks else 0, caveat(wanted)


def labels_of(given: object) -> tuple[str, ...]:
    """An array, or text with a JSON array or words between commas. Raises InvalidParameterValue (22023) for none."""
    if isinstance(given, str):
        try:
            parsed = json.loads(given)
        except ValueError:
            parsed = None
        given = parsed if isinstance(parsed, list) else given.strip().strip("{}[]").split(",")
    labels = given if isinstance(given, Sequence) else []
    names = tuple(dict.fromkeys(str(label).strip() for label in labels if label is not None and str(label).strip()))
    if not names:
        raise InvalidParameterValue("there are no labels to choose from")
    return names


async def _features(knowledge: Knowledge, text: object) -> Features:
    return (await knowledge.features([_text(text)]))[0]


def _text(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, default=str)


def _first(arguments: Sequence[str]) -> str:
    if not arguments:
        raise InvalidParameterValue("the cell does not say which inputs the embedded model reads")
    return arguments[0]


def _two(arguments: Sequence[str]) -> tuple[str, str]:
    if len(arguments) < 2:
        raise InvalidParameterValue("the cell does not say which two inputs the embedded model reads")
    return arguments[0], arguments[1]

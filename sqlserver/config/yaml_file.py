"""Reads one YAML file safely and remembers the line of every key, so that a mistake can be told with file and line.

Plain YAML only (``safe_load`` semantics): no tags that build objects, no duplicate keys, no recursive anchors; size,
depth and the number of values are capped, so that a hostile file costs little. ``read_model`` validates with pydantic
and turns every finding into "file:line: key: what is wrong (did you mean …?)".
"""

from __future__ import annotations

import difflib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sqlserver.core.errors import ConfigurationFault

MAX_BYTES = 1 << 20
MAX_VALUES = 20_000
MAX_DEPTH = 64

Location = tuple[str | int, ...]
"""The way to a value: mapping keys and list indexes from the root."""

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong in a file. ``line`` counts from 1; 0 means that the file as a whole is meant."""

    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}" if self.line else f"{self.path}: {self.message}"


class YamlFault(ConfigurationFault):
    """F0000 with everything that was found wrong in one file: the first in the message, the rest in the detail."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        rest = "\n".join(str(finding) for finding in findings[1:])
        super().__init__(str(findings[0]), detail=rest or None)
        self.findings = findings


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """``data`` as ``yaml.safe_load`` gives it; ``lines`` has the line of each key and list item."""

    path: str
    data: object
    text: str = ""
    lines: Mapping[Location, int] = field(default_factory=dict)

    def line_of(self, location: Location) -> int:
        """The line of this value, or of the nearest one around it; 1 for an empty file."""
        while location and location not in self.lines:
            location = location[:-1]
        return self.lines.get(location, 1)

    def finding(self, location: Location, message: str) -> Finding:
        return Finding(self.path, self.line_of(location), message)


def read_yaml(path: Path, max_bytes: int = MAX_BYTES) -> YamlDocument:
    """One file. Raises YamlFault (F0000) where it cannot be read, is too large, or is not plain YAML."""
    try:
        with path.open("rb") as file:
            raw = file.read(max_bytes + 1)
        if len(raw) > max_bytes:
            raise YamlFault((Finding(str(path), 0, f"the file is larger than {max_bytes:,} bytes"),))
        text = raw.decode("utf-8")
    except OSError as error:
        raise YamlFault((Finding(str(path), 0, f"cannot be read: {error.strerror}"),)) from error
    except UnicodeDecodeError as error:
        raise YamlFault((Finding(str(path), 0, f"is not UTF-8 (byte {error.start})"),)) from error
    return parse_yaml(text, str(path))


def parse_yaml(text: str, path: str) -> YamlDocument:
    """The same for a text; ``path`` is what messages call it."""
    loader = None
    try:
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        if root is None:
            return YamlDocument(path, None, text)
        lines = _lines_of(root, path)
        return YamlDocument(path, loader.construct_document(root), text, lines)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = error.problem or error.context or "is not valid YAML"
        raise YamlFault((Finding(path, mark.line + 1 if mark else 0, message),)) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise YamlFault((Finding(path, line, f"has a character that YAML does not allow ({error.reason})"),)) from error
    except (RecursionError, ValueError, OverflowError) as error:
        raise YamlFault((Finding(path, 0, f"is not valid YAML: {error}"),)) from error
    finally:
        if loader is not None:
            loader.dispose()


def read_model(path: Path, model: type[M], max_bytes: int = MAX_BYTES) -> M:
    """One file as a pydantic model. Raises YamlFault (F0000)."""
    return validate(read_yaml(path, max_bytes), model)


def validate(document: YamlDocument, model: type[M], at: Location = ()) -> M:
    """The document, or the part of it at ``at``, as a pydantic model. Raises YamlFault with every finding."""
    data = document.data
    for step in at:
        data = data[step]  # type: ignore[index]
    if not isinstance(data, dict):
        raise YamlFault((document.finding(at, f"must hold {_names(model)}"),))
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False, include_context=False)
        findings = (
            document.finding((*at, *_place(detail)), _message(model, detail["loc"], detail["type"], detail["msg"]))
            for detail in details
        )
        raise YamlFault(tuple(sorted(findings, key=lambda finding: finding.line))) from error


def nearest(word: str, known: typing.Iterable[str]) -> str:
    """`` (did you mean "x"?)``, or nothing where no known word is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f' (did you mean "{close[0]}"?)' if close else ""


def _place(detail: ErrorDetails) -> Location:
    """What is missing is told at the mapping that lacks it."""
    return detail["loc"][:-1] if detail["type"] == "missing" else detail["loc"]


def _message(model: type[BaseModel], location: Location, kind: str, message: str) -> str:
    name = ".".join(str(step) for step in location)
    if kind == "extra_forbidden":
        known = _fields_at(model, location[:-1])
        known_keys = ", ".join(known)
        return f"unknown key {name}{nearest(str(location[-1]), known) or f' (known: {known_keys})'}"
    if kind == "missing":
        return f"{name} is missing"
    text = message.removeprefix("Value error, ").removeprefix("Input ")
    return f"{name}: {text}" if name else text


def _fields_at(model: type[BaseModel], location: Location) -> list[str]:
    """The keys a mapping at this location may have."""
    kind: object = model
    for step in location:
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            kind = next((f.annotation for name, f in kind.model_fields.items() if step in (name, f.alias)), None)
        else:
            kind = next(iter(typing.get_args(kind)[-1:]), None)
        kind = _bare(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [f.alias or name for name, f in kind.model_fields.items()]
    return []


def _bare(kind: object) -> object:
    """The kind inside ``Annotated[…]`` and ``… | None``."""
    while (origin := typing.get_origin(kind)) in (typing.Union, types.UnionType, typing.Annotated):
        arms = [arm for arm in typing.get_args(kind) if arm is not type(None)]
        if origin is not typing.Annotated and len(arms) > 1:
            return None
        kind = arms[0]
    return kind


def _names(model: type[BaseModel]) -> str:
    return "the keys " + ", ".join(_fields_at(model, ()))


def _lines_of(root: yaml.Node, path: str) -> dict[Location, int]:
    """The line of every key and item. Refuses duplicate keys, recursion and files that unfold to too many values."""
    lines: dict[Location, int] = {(): root.start_mark.line + 1}
    stack: list[tuple[Location, yaml.Node]] = [((), root)]
    while stack:
        at, node = stack.pop()
        if len(at) > MAX_DEPTH or len(lines) > MAX_VALUES:
            message = f"holds more than {MAX_VALUES:,} values or nests deeper than {MAX_DEPTH}"
            raise YamlFault((Finding(path, node.start_mark.line + 1, message),))
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                name = (*at, _key(key, path))
                if name in lines:
                    raise YamlFault((Finding(path, key.start_mark.line + 1, f'the key "{name[-1]}" stands twice'),))
                lines[name] = key.start_mark.line + 1
                stack.append((name, value))
        elif isinstance(node, yaml.SequenceNode):
            for index, item in enumerate(node.value):
                lines[(*at, index)] = item.start_mark.line + 1
                stack.append(((*at, index), item))
    return lines


def _key(node: yaml.Node, path: str) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise YamlFault((Finding(path, node.start_mark.line + 1, "a key must be a word"),))
    return str(node.value)

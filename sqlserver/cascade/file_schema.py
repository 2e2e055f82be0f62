"""The YAML of a definition file, key by key: a cascade, an operator (``sql_function``), or both."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from sqlserver.cascade.model import TrainingFormat, TrainingStrategy
from sqlserver.core.answer_types import arrow_type

MAX_TEXT = 65_536
"""Characters of one template or system text."""

Name = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=63)]
CascadeId = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_.\-]*$", max_length=127)]
Text = Annotated[str, Field(max_length=MAX_TEXT)]


class _Block(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class RulesBlock(_Block):
    """One request and one reply make a turn; a cell has no tools, so there is never a second."""

    max_turns: Annotated[int, Field(ge=1, le=1)] = 1


class LocalBlock(_Block):
    task: Literal["judge", "score", "classify", "similarity", "embed", "sound"]
    inputs: Annotated[list[Name], Field(min_length=1, max_length=2)]
    training_limit: Annotated[int, Field(ge=1, le=1000)] | None = None


class CellBlock(_Block):
    name: Name
    instructions: Text = ""
    system: Text = ""
    model: Annotated[str, Field(min_length=1, max_length=200)] = "default"
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    use_training: bool = False
    training_limit: Annotated[int, Field(ge=1, le=100)] = 5
    training_strategy: TrainingStrategy = "recent"
    training_min_confidence: Annotated[float, Field(ge=0, le=1)] = 0.8
    training_verified_only: bool = False
    training_same_cell_only: bool = True
    training_format: TrainingFormat = "xml"
    batch_size: Annotated[int, Field(ge=1, le=100)] = 1
    rules: RulesBlock = RulesBlock()
    output_schema: dict[str, object] | None = None
    local: LocalBlock | None = None


class ArgumentBlock(_Block):
    name: Name
    type: str = "VARCHAR"

    @field_validator("type")
    @classmethod
    def _known(cls, value: str) -> str:
        return _duckdb_type(value)


class TestCaseBlock(_Block):
    args: list[object]
    expect: object
    description: str = ""


class SqlFunctionBlock(_Block):
    name: Name
    description: str = ""
    aliases: list[Name] = []
    operators: list[Annotated[str, Field(max_length=1000)]] = []
    args: Annotated[list[ArgumentBlock], Field(min_length=1, max_length=16)]
    returns: str
    shape: Literal["scalar", "aggregate", "table"] = "scalar"
    cascade: CascadeId | None = None
    test_cases: list[TestCaseBlock] = []

    @field_validator("returns")
    @classmethod
    def _known(cls, value: str) -> str:
        return _duckdb_type(value)


class DefinitionFile(_Block):
    cascade_id: CascadeId | None = None
    description: str = ""
    inputs_schema: dict[Name, str] | None = None
    cells: Annotated[list[CellBlock], Field(min_length=1, max_length=32)] | None = None
    sql_function: SqlFunctionBlock | None = None


_SPELLINGS = {"TEXT": "VARCHAR", "STRING": "VARCHAR", "BOOL": "BOOLEAN", "INT": "INTEGER", "REAL": "FLOAT"}


def _duckdb_type(value: str) -> str:
    name = value.strip().upper()
    element = name.rstrip("[]")
    name = _SPELLINGS.get(element, element) + name[len(element) :]
    if arrow_type(name) is None:
        known = "BOOLEAN, VARCHAR, INTEGER, BIGINT, FLOAT, DOUBLE, JSON, or one of them with []"
        raise ValueError(f"{value} is not a type that an operator can have ({known})")
    return name

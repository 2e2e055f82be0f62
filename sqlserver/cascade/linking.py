"""Does an operator fit the cascade that answers it? Arguments, return type, labels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlserver.cascade.loader import OperatorDefinition
from sqlserver.cascade.model import Cascade
from sqlserver.cascade.output_schema import schema_types
from sqlserver.config.yaml_file import Finding, nearest

_FITS = {
    "boolean": {"BOOLEAN"},
    "number": {"DOUBLE", "FLOAT"},
    "integer": {"SMALLINT", "INTEGER", "BIGINT", "DOUBLE", "FLOAT"},
    "string": {"VARCHAR", "JSON"},
    "object": {"JSON"},
}


def operator_findings(definition: OperatorDefinition, cascades: Mapping[str, Cascade]) -> Iterator[Finding]:
    """What does not fit, in words."""
    operator = definition.operator
    cascade = cascades.get(operator.cascade_id)
    if cascade is None:
        hint = nearest(operator.cascade_id, cascades)
        yield _finding(definition, f"the cascade {operator.cascade_id} does not exist{hint}")
        return
    arguments = {argument.name for argument in operator.arguments}
    for name in sorted(arguments - set(cascade.inputs)):
        hint = nearest(name, cascade.inputs) or f" (its inputs: {', '.join(cascade.inputs)})"
        yield _finding(definition, f"the cascade {cascade.cascade_id} has no input {name}{hint}")
    for name in sorted(set(cascade.inputs) - arguments):
        yield _finding(definition, f"the cascade {cascade.cascade_id} needs the input {name}, which is no argument")
    schema = cascade.final_cell.output_schema
    if schema is not None and not _returns_fit(schema_types(schema), operator.returns):
        types = " or ".join(schema_types(schema))
        yield _finding(definition, f"returns {operator.returns}, but {cascade.cascade_id} answers with {types}")


def _returns_fit(types: tuple[str, ...], returns: str) -> bool:
    if returns in ("VARCHAR", "JSON"):
        return True
    if returns.endswith("[]"):
        return "array" in types or not types
    return all(returns in _FITS.get(name, ()) for name in types if name != "null")


def _finding(definition: OperatorDefinition, message: str) -> Finding:
    return Finding(definition.path, definition.line, f"operator {definition.operator.name}: {message}")

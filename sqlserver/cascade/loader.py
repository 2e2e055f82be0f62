"""One cascade or operator file → its definitions, or every finding in it with file and line.

Only what the file itself tells is checked here; whether an operator's cascade exists is ``library``'s to say.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlserver.cascade.file_schema import CellBlock, DefinitionFile, SqlFunctionBlock
from sqlserver.cascade.model import Cascade, Cell, LocalUse, TestCase
from sqlserver.cascade.operator_template import function_name, parse_template
from sqlserver.cascade.output_schema import schema_faults
from sqlserver.cascade.prompt import referenced_inputs, template_faults
from sqlserver.config.yaml_file import Finding, Location, YamlDocument, YamlFault, read_yaml, validate
from sqlserver.core.identity import canonical_json, digest
from sqlserver.core.operators import Argument, InfixForm, Operator

MAX_FILE = 256 * 1024
"""Bytes of one file."""

_LOCAL_INPUTS = {"judge": 2, "score": 2, "classify": 2, "similarity": 2, "embed": 1, "sound": 2}


@dataclass(frozen=True, slots=True)
class OperatorDefinition:
    """An operator with what only the loader and ``operators check`` need. ``lines`` of the block for messages."""

    operator: Operator
    test_cases: tuple[TestCase, ...]
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Definitions:
    """What one file defines: a cascade, an operator, or both."""

    path: str
    cascade: Cascade | None = None
    operator: OperatorDefinition | None = None


def read_definitions(path: Path) -> Definitions:
    """Raises YamlFault (F0000) with every finding."""
    return definitions_of(read_yaml(path, MAX_FILE))


def definitions_of(document: YamlDocument) -> Definitions:
    """The same for a file already read."""
    file = validate(document, DefinitionFile)
    findings = list(_file_findings(document, file))
    operator = None
    if file.sql_function is not None:
        operator, more = _operator(document, file, file.sql_function)
        findings += more
    if findings:
        raise YamlFault(tuple(sorted(findings, key=lambda finding: finding.line)))
    return Definitions(document.path, _cascade(document, file), operator)


def _file_findings(document: YamlDocument, file: DefinitionFile) -> Iterator[Finding]:
    if file.cells is None:
        if file.sql_function is None:
            yield document.finding((), "defines nothing: needs cells, or sql_function, or both")
        elif file.sql_function.cascade is None:
            yield document.finding(("sql_function",), "sql_function.cascade is missing (or cells in this file)")
        return
    if _cascade_id(file) is None:
        yield document.finding((), "cascade_id is missing")
    function = file.sql_function
    if function is not None and function.cascade not in (None, _cascade_id(file)):
        at: Location = ("sql_function", "cascade")
        yield document.finding(at, f"sql_function.cascade must be this file's {_cascade_id(file)}")
    inputs = frozenset(_inputs(file))
    earlier: tuple[str, ...] = ()
    for index, cell in enumerate(file.cells):
        if cell.name in earlier:
            yield document.finding(("cells", index, "name"), f"a cell named {cell.name} stands above already")
        yield from _cell_findings(document, ("cells", index), cell, inputs, earlier)
        earlier += (cell.name,)


def _cell_findings(
    document: YamlDocument, at: Location, cell: CellBlock, inputs: frozenset[str], earlier: tuple[str, ...]
) -> Iterator[Finding]:
    if not cell.instructions.strip() and cell.local is None:
        yield document.finding(at, f"cell {cell.name}: instructions is missing")
    # A block scalar's text starts on the line after its key.
    start = document.line_of((*at, "instructions"))
    offset = 0 if "\n" not in cell.instructions else 1
    for line, message in template_faults(cell.instructions, inputs, earlier):
        yield Finding(document.path, start + offset + line - 1, f"instructions of cell {cell.name}: {message}")
    if "{{" in cell.system or "{%" in cell.system:
        message = "system is fixed text and takes no inputs: put {{ … }} into instructions"
        yield document.finding((*at, "system"), message)
    if cell.output_schema is not None:
        for message in schema_faults(cell.output_schema, inputs):
            yield document.finding((*at, "output_schema"), message)
    if cell.local is not None:
        needed = _LOCAL_INPUTS[cell.local.task]
        unknown = [name for name in cell.local.inputs if name not in inputs]
        if len(cell.local.inputs) != needed or unknown:
            message = (
                f"local.inputs: the task {cell.local.task} reads {needed} of the inputs {', '.join(sorted(inputs))}"
            )
            yield document.finding((*at, "local"), message)


def _cascade_id(file: DefinitionFile) -> str | None:
    if file.cascade_id is not None or file.sql_function is None:
        return file.cascade_id
    return file.sql_function.cascade or file.sql_function.name.lower()


def _inputs(file: DefinitionFile) -> dict[str, str]:
    """The declared inputs; else the operator's arguments; else what the templates name."""
    if file.inputs_schema is not None:
        return dict(file.inputs_schema)
    if file.sql_function is not None:
        return {argument.name: "" for argument in file.sql_function.args}
    return {name: "" for cell in file.cells or () for name in referenced_inputs(cell.instructions)}


def _cascade(document: YamlDocument, file: DefinitionFile) -> Cascade | None:
    if file.cells is None:
        return None
    cells = tuple(_cell(block) for block in file.cells)
    inputs = _inputs(file)
    return Cascade(
        cascade_id=str(_cascade_id(file)),
        cells=cells,
        inputs=inputs,
        description=file.description,
        version=_version(str(_cascade_id(file)), inputs, file.cells),
        source=f"{document.path}:{document.line_of(('cells',))}",
    )


def _cell(block: CellBlock) -> Cell:
    values = block.model_dump(exclude={"rules", "local"})
    use = block.local
    local = LocalUse() if use is None else LocalUse(use.task, tuple(use.inputs), use.training_limit)
    return Cell(**values, local=local)


def _version(cascade_id: str, inputs: dict[str, str], cells: list[CellBlock]) -> str:
    """Which examples are chosen is not in it: the cache key holds their ids and versions. How they are shown is."""
    chosen_by = {
        "training_limit", "training_strategy", "training_min_confidence", "training_verified_only",
        "training_same_cell_only", "use_training",
    }  # fmt: skip
    matters = [cell.model_dump(mode="json", exclude=chosen_by) for cell in cells]
    return digest("cascade", cascade_id, canonical_json(sorted(inputs)), canonical_json(matters))[:16]


def _operator(
    document: YamlDocument, file: DefinitionFile, block: SqlFunctionBlock
) -> tuple[OperatorDefinition | None, list[Finding]]:
    findings: list[Finding] = []
    root: Location = ("sql_function",)
    arguments = tuple(argument.name for argument in block.args)
    if len(set(arguments)) != len(arguments):
        findings.append(document.finding((*root, "args"), "two arguments have the same name"))
    names: list[str] = []
    infix: list[InfixForm] = []
    for at, text in ((("name",), block.name), *((("aliases", i), name) for i, name in enumerate(block.aliases))):
        try:
            names.append(function_name(text))
        except ValueError as error:
            findings.append(document.finding((*root, *at), str(error)))
    for index, template in enumerate(block.operators):
        try:
            form = parse_template(template, arguments)
        except ValueError as error:
            findings.append(document.finding((*root, "operators", index), f'operator template "{template}" {error}'))
            continue
        if isinstance(form, InfixForm):
            infix.append(form)
        else:
            names.append(form)
    for index, case in enumerate(block.test_cases):
        if len(case.args) != len(arguments):
            message = f"this test case has {len(case.args)} arguments, the function {len(arguments)}"
            findings.append(document.finding((*root, "test_cases", index), message))
    if findings:
        return None, findings
    line = document.line_of(root)
    operator = Operator(
        name=names[0],
        description=block.description or file.description,
        arguments=tuple(Argument(argument.name, argument.type) for argument in block.args),
        returns=block.returns,
        cascade_id=block.cascade or str(_cascade_id(file)),
        shape=block.shape,
        aliases=tuple(dict.fromkeys(name for name in names[1:] if name != names[0])),
        infix=tuple(infix),
        source=f"{document.path}:{line}",
    )
    cases = tuple(TestCase(tuple(case.args), case.expect) for case in block.test_cases)
    return OperatorDefinition(operator, cases, document.path, line), []

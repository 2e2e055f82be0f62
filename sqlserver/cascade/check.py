"""What operators are in force, and what is wrong with their files, as values for ``operators list`` and ``check``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlserver.cascade.library import CascadeLibrary, Snapshot
from sqlserver.cascade.loader import OperatorDefinition
from sqlserver.cascade.model import TestCase
from sqlserver.cascade.output_schema import Mismatch
from sqlserver.cascade.reply import typed
from sqlserver.config.yaml_file import Finding
from sqlserver.core.operators import Operator


@dataclass(frozen=True, slots=True)
class OperatorListing:
    """One line of ``operators list``. ``forms`` as a user types them; ``taught`` the cells that use training."""

    name: str
    forms: tuple[str, ...]
    returns: str
    cascade_id: str
    taught: tuple[str, ...]
    description: str
    source: str


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What ``operators check`` found. ``findings`` empty: everything is right."""

    operators: int
    cascades: int
    test_cases: int
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return not self.findings


def list_operators(library: CascadeLibrary) -> tuple[OperatorListing, ...]:
    """The operators in force, by name."""
    snapshot = library.snapshot()
    return tuple(
        OperatorListing(
            name=operator.name,
            forms=operator_forms(operator),
            returns=operator.returns,
            cascade_id=operator.cascade_id,
            taught=tuple(c.name for c in snapshot.cascades[operator.cascade_id].cells if c.use_training),
            description=operator.description,
            source=operator.source,
        )
        for operator in sorted(snapshot.table.operators, key=lambda operator: operator.name)
    )


def operator_forms(operator: Operator) -> tuple[str, ...]:
    """``text MEANS criterion``, ``semantic_matches(text, criterion)``, ``ai_filter(text, criterion)``."""
    arguments = ", ".join(argument.name for argument in operator.arguments)
    infix = (f"{form.left} {' '.join(form.words)} {form.right}" for form in operator.infix)
    return (*infix, *(f"{name}({arguments})" for name in (operator.name, *operator.aliases)))


def check_operators(library: CascadeLibrary) -> CheckReport:
    """Everything that can be told without a model call: the files' findings and the test cases' types."""
    snapshot = library.snapshot()
    findings = (*snapshot.problems, *_clashes(snapshot), *_test_case_findings(snapshot))
    return CheckReport(
        operators=len(snapshot.table.operators),
        cascades=len(snapshot.cascades),
        test_cases=sum(len(definition.test_cases) for definition in snapshot.definitions),
        findings=findings,
    )


def _clashes(snapshot: Snapshot) -> Iterator[Finding]:
    """A word or function name that two operators claim: the later one has it."""
    for definition in snapshot.definitions:
        operator = definition.operator
        for name in (operator.name, *operator.aliases):
            owner = snapshot.table.by_function[name]
            if owner is not operator:
                yield _finding(definition, f"the function {name} belongs to {owner.name} ({owner.source})")
        for form in operator.infix:
            owner, _ = snapshot.table.by_words[form.words]
            if owner is not operator:
                words = " ".join(form.words)
                yield _finding(definition, f"the word {words} belongs to {owner.name} ({owner.source})")


def _test_case_findings(snapshot: Snapshot) -> Iterator[Finding]:
    for definition in snapshot.definitions:
        for number, case in enumerate(definition.test_cases, 1):
            message = _test_case_fault(definition.operator, case)
            if message:
                yield _finding(definition, f"test case {number}: {message}")


def _test_case_fault(operator: Operator, case: TestCase) -> str | None:
    for argument, value in zip(operator.arguments, case.arguments, strict=True):
        if isinstance(value, list) != argument.type.endswith("[]") and value is not None:
            return f"{argument.name} is not a {argument.type}"
    if operator.returns == "VARCHAR" and not isinstance(case.expect, str | None):
        return "expect is not a text (put it in quotes)"
    try:
        typed(case.expect, operator.returns)
    except Mismatch as mismatch:
        return str(mismatch).replace("the answer", "expect")
    return None


def _finding(definition: OperatorDefinition, message: str) -> Finding:
    return Finding(definition.path, definition.line, f"operator {definition.operator.name}: {message}")

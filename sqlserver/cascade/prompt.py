"""A cell's prompt: Jinja2 in its sandbox; ``{{ input.x }}`` is an input, ``{{ outputs.cell }}`` an earlier answer.

Row text goes into the user message alone and is data there: it is never read as a template. Templates, inputs and the
rendered prompt are capped. The system message is the cell's fixed text with the examples behind it, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import jinja2
from jinja2 import meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from sqlserver.cascade.model import Cell
from sqlserver.core.errors import ConfigurationFault, InvalidParameterValue
from sqlserver.core.examples import Injection
from sqlserver.core.identity import canonical_json, inputs_text

MAX_INPUT = 100_000
"""Characters of one input."""
MAX_PROMPT = 1_000_000
"""Characters of one rendered prompt."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """No operator or filter that makes much out of little: a template may be copied from anywhere."""

    intercepted_binops = frozenset({"*", "**"})

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: object, right: object) -> object:
        if operator == "**" or not (isinstance(left, int | float) and isinstance(right, int | float)):
            raise jinja2.exceptions.SecurityError(f"{operator} is not allowed on these values")
        return super().call_binop(context, operator, left, right)


class _Values:
    """Names to values for a template. Not a dict: ``input.items`` must be the input of that name, not a method."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> object:
        return self._values[name]


def _as_text(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool | list | tuple | dict):
        return canonical_json(value)
    return value


def _environment() -> _Sandbox:
    environment = _Sandbox(undefined=jinja2.StrictUndefined, autoescape=False, finalize=_as_text)
    environment.globals = {"range": environment.globals["range"]}
    for name in ("center", "format", "indent", "wordwrap", "xmlattr", "urlize", "pprint"):
        del environment.filters[name]
    return environment


_ENVIRONMENT = _environment()


@lru_cache(maxsize=512)
def _compiled(source: str) -> jinja2.Template:
    return _ENVIRONMENT.from_string(source)


def template_faults(source: str, inputs: frozenset[str], earlier_cells: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """What is wrong with a template: (line within it, from 1, and words)."""
    try:
        tree = _ENVIRONMENT.parse(source)
        _compiled(source)
    except jinja2.TemplateSyntaxError as error:
        yield error.lineno, f"is not a valid template: {error.message}"
        return
    for node in tree.find_all((nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
        yield node.lineno, "a template stands alone: include, import and extends are not there"
    unknown = meta.find_undeclared_variables(tree) - {"input", "outputs", "range"}
    for word in tree.find_all(nodes.Name):
        if word.name in unknown:
            unknown.remove(word.name)
            yield word.lineno, f"{{{{ {word.name} }}}} is not known here: inputs are {{{{ input.{word.name} }}}}"
    for line, owner, name in _references(tree):
        known = inputs if owner == "input" else frozenset(earlier_cells)
        if name not in known:
            words = ", ".join(sorted(known)) or "none"
            kind = "an input" if owner == "input" else "an earlier cell"
            yield line, f"{owner}.{name} is not {kind} (known: {words})"


def referenced_inputs(source: str) -> tuple[str, ...]:
    """The inputs a template names, in order of appearance; empty for a template that does not parse."""
    try:
        tree = _ENVIRONMENT.parse(source)
    except jinja2.TemplateSyntaxError:
        return ()
    return tuple(dict.fromkeys(name for _, owner, name in _references(tree) if owner == "input"))


def _references(tree: nodes.Template) -> Iterator[tuple[int, str, str]]:
    for node in tree.find_all((nodes.Getattr, nodes.Getitem)):
        if not isinstance(node, nodes.Getattr | nodes.Getitem) or not isinstance(node.node, nodes.Name):
            continue
        owner = node.node.name
        if owner not in ("input", "outputs"):
            continue
        if isinstance(node, nodes.Getattr):
            yield node.lineno, owner, node.attr
        elif isinstance(node.arg, nodes.Const):
            yield node.lineno, owner, str(node.arg.value)


def user_message(cell: Cell, inputs: Mapping[str, object], outputs: Mapping[str, object]) -> str:
    """The rendered instructions. Raises 22023 for an input that is too long or missing, F0000 for a broken template."""
    for name, value in inputs.items():
        length = len(value) if isinstance(value, str) else 0
        if length > MAX_INPUT:
            raise InvalidParameterValue(
                f'the input "{name}" has {length:,} characters, more than {MAX_INPUT:,}',
                hint=f"Pass a part of it, such as left({name}, {MAX_INPUT}).",
            )
    if not cell.instructions:
        return inputs_text(inputs)
    pieces: list[str] = []
    size = 0
    try:
        for piece in _compiled(cell.instructions).generate(input=_Values(inputs), outputs=_Values(outputs)):
            size += len(piece)
            if size > MAX_PROMPT:
                raise InvalidParameterValue(f'the prompt of cell "{cell.name}" grows over {MAX_PROMPT:,} characters')
            pieces.append(piece)
    except jinja2.UndefinedError as error:
        raise InvalidParameterValue(f'the prompt of cell "{cell.name}" needs a value: {error.message}') from error
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise ConfigurationFault(f'the template of cell "{cell.name}" fails: {error}') from error
    return "".join(pieces).strip()


def system_message(cell: Cell, injection: Injection) -> str:
    """The cell's fixed text and the examples: the same for all inputs of a stage."""
    return "\n\n".join(part for part in (cell.system.strip(), injection.text.strip()) if part)

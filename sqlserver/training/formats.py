"""Examples as text for a prompt, in the three formats of the user's documents.

Every value is escaped, so that a row's text can neither end its own example nor start another one: XML entities in
``xml``; in ``markdown`` and ``few_shot`` a value stays on its one line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from sqlserver.core.examples import Example

_XML = {
    "&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "\x85": "&#133;", "\u2028": "&#8232;",
}  # fmt: skip
_XML_SPECIAL = re.compile("[&<>\r\x85\u2028]")
_NOT_IN_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LINE_BREAKS = re.compile("[\\\\\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_SHORT = {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}
_MARKDOWN_SPECIAL = re.compile(r"[*_`#<>\[\]|~]")


def xml_text(value: str) -> str:
    """The value as XML character data. What XML 1.0 cannot hold (control characters) becomes U+FFFD."""
    return _XML_SPECIAL.sub(lambda found: _XML[found[0]], _NOT_IN_XML.sub("\ufffd", value))


def one_line(value: str) -> str:
    r"""Line breaks as ``\n``, ``\r`` or ``\uXXXX``, a backslash as ``\\``."""
    return _LINE_BREAKS.sub(lambda found: _SHORT.get(found[0]) or f"\\u{ord(found[0]):04x}", value)


def markdown_text(value: str) -> str:
    """One line, with the signs that mean something in Markdown escaped."""
    return _MARKDOWN_SPECIAL.sub(lambda found: f"\\{found[0]}", one_line(value))


def xml(examples: Sequence[Example]) -> str:
    parts = ["<examples>"]
    for example in examples:
        parts += [
            "<example>",
            f"  <input>{xml_text(example.user_input)}</input>",
            f"  <output>{xml_text(example.output)}</output>",
            "</example>",
        ]
    return "\n".join([*parts, "</examples>"])


def markdown(examples: Sequence[Example]) -> str:
    parts = ["## Training Examples"]
    parts += [
        f"**Example {number}:**\n"
        f"- **Input:** {markdown_text(example.user_input)}\n"
        f"- **Output:** {markdown_text(example.output)}"
        for number, example in enumerate(examples, 1)
    ]
    return "\n\n".join(parts)


def few_shot(examples: Sequence[Example]) -> str:
    parts = ["Here are verified examples to guide your response:"]
    parts += [
        f"Example {number}:\nInput: {one_line(example.user_input)}\nOutput: {one_line(example.output)}"
        for number, example in enumerate(examples, 1)
    ]
    return "\n\n".join(parts)


FORMATS: dict[str, Callable[[Sequence[Example]], str]] = {"xml": xml, "markdown": markdown, "few_shot": few_shot}


def examples_text(examples: Sequence[Example], name: str) -> str:
    """The block for a prompt, without a line break at its end; empty without examples."""
    return FORMATS[name](examples) if examples else ""

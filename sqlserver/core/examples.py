"""Training examples as they travel to a prompt or to the embedded model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlserver.core.identity import digest


@dataclass(frozen=True, slots=True)
class Example:
    """One marked answer. ``inputs`` is empty for imported logs; ``user_input`` then holds the last user message.

    ``output`` is the corrected output where there is one. ``version`` changes with what a prompt would show.
    """

    trace_id: str
    user_input: str
    output: str
    confidence: float
    inputs: Mapping[str, object] = field(default_factory=dict)
    verified: bool = False
    timestamp: str = ""

    @property
    def version(self) -> str:
        return digest(self.trace_id, self.user_input, self.output)


@dataclass(frozen=True, slots=True)
class ExampleSet:
    """The examples one stage injects into one cell, in prompt order. ``set_hash`` '' means none."""

    strategy: str
    examples: tuple[Example, ...] = ()
    ids: tuple[str, ...] = field(init=False)
    set_hash: str = field(init=False)

    def __post_init__(self) -> None:
        # Once a stage: every call of the stage logs both.
        object.__setattr__(self, "ids", tuple(example.trace_id for example in self.examples))
        versions = [example.version for example in self.examples]
        object.__setattr__(self, "set_hash", digest(*versions) if versions else "")


NO_EXAMPLES = ExampleSet("none")


@dataclass(frozen=True, slots=True)
class Injection:
    """What goes into one cell of a stage: the examples and their text as it stands in the system message.

    ``warning`` is set where training failed or could not do what the cell asks for; the call goes on all the same.
    """

    examples: ExampleSet = NO_EXAMPLES
    text: str = ""
    warning: str = ""


NO_INJECTION = Injection()

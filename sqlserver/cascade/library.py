"""All operators and cascades in force: the shipped folders, then the users', re-read whenever a file changed.

A later definition of the same name wins. A broken file is reported and its previous version stays in force, also where
the file alone is right but does not fit the others (its operator names a cascade that does not exist).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from time import monotonic

from sqlserver.cascade.folder_watch import FileState, now_ns, scan
from sqlserver.cascade.linking import operator_findings
from sqlserver.cascade.loader import Definitions, OperatorDefinition, read_definitions
from sqlserver.cascade.model import Cascade
from sqlserver.config.yaml_file import Finding, YamlFault, nearest
from sqlserver.core.errors import UndefinedObject
from sqlserver.core.operators import OperatorTable
from sqlserver.resources import data_folder

log = logging.getLogger(__name__)

RECENT = 0.1
"""Seconds for which ``recent`` does without a look at the folders."""


@dataclass(slots=True)
class _File:
    """One file: its last state, what it says now, and what it said when everything in it was right."""

    state: FileState
    settled: bool
    now: Definitions | None
    in_force: Definitions | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What is in force at one moment."""

    table: OperatorTable
    cascades: Mapping[str, Cascade] = field(default_factory=dict)
    definitions: tuple[OperatorDefinition, ...] = ()
    problems: tuple[Finding, ...] = ()


class CascadeLibrary:
    """Implements ``core.operators.OperatorSource``. Used from the event loop's thread.

    Either kind of folder may hold either kind of file; the first of each list is the shipped one.
    """

    def __init__(
        self,
        cascade_folders: Sequence[Path],
        operator_folders: Sequence[Path],
        extra_files: Sequence[Path] = (),
    ) -> None:
        # Rank by rank, the shipped pair first: what a user puts into either folder comes after everything shipped.
        ranks = zip_longest(cascade_folders, operator_folders)
        self._folders = tuple(dict.fromkeys(folder for rank in ranks for folder in rank if folder is not None))
        self._extra_files = tuple(extra_files)
        self._files: dict[str, _File] = {}
        self._snapshot = Snapshot(OperatorTable.of(()))
        self._looked = -RECENT
        self._told: frozenset[Finding] = frozenset()
        self.reads = 0

    @classmethod
    def with_shipped(cls, cascade_folders: Sequence[Path], operator_folders: Sequence[Path]) -> CascadeLibrary:
        """The shipped folders, then the user's."""
        return cls((data_folder("cascades"), *cascade_folders), (data_folder("operators"), *operator_folders))

    def current(self) -> OperatorTable:
        """The operators as the files are now. The same table object as before where nothing changed."""
        return self.snapshot().table

    def recent(self) -> OperatorTable:
        """The operators as they were at most RECENT seconds ago."""
        return self.current() if monotonic() - self._looked > RECENT else self._snapshot.table

    def snapshot(self) -> Snapshot:
        """Looks at the folders, and re-reads what changed."""
        self._looked = monotonic()
        if self._refresh():
            self._snapshot = self._link()
            self._tell(self._snapshot.problems)
        return self._snapshot

    def cascade(self, cascade_id: str) -> Cascade:
        """The cascade as of the last look at the folders. Raises UndefinedObject (42704)."""
        found = self._snapshot.cascades.get(cascade_id) or self.snapshot().cascades.get(cascade_id)
        if found is None:
            hint = nearest(cascade_id, self._snapshot.cascades).strip(" ()").replace("did you", "Did you")
            raise UndefinedObject(f'cascade "{cascade_id}" does not exist', hint=hint or None)
        return found

    def problems(self) -> tuple[Finding, ...]:
        """What is wrong in the files now."""
        return self.snapshot().problems

    def _refresh(self) -> bool:
        """Reads the files that changed; tells whether anything did."""
        found = scan(self._folders, self._extra_files)
        before, self._files = self._files, {}
        changed = list(before) != list(found)
        for path, state in found.items():
            known = before.get(path)
            if known is not None and known.state == state and known.settled:
                self._files[path] = known
                continue
            fresh = self._read(path, state, known)
            changed = changed or known is None or (fresh.now, fresh.findings) != (known.now, known.findings)
            self._files[path] = fresh
        return changed

    def _read(self, path: str, state: FileState, known: _File | None) -> _File:
        self.reads += 1
        in_force = known.in_force if known else None
        settled = state.settled(now_ns())
        try:
            return _File(state, settled, read_definitions(Path(path)), in_force, ())
        except YamlFault as fault:
            return _File(state, settled, None, in_force, fault.findings)

    def _link(self) -> Snapshot:
        """Fits the files together. A file whose operator does not fit falls back to what it said before."""
        problems = [finding for file in self._files.values() for finding in file.findings]
        chosen = {path: file.now or file.in_force for path, file in self._files.items()}
        misfits = dict(_misfits(chosen))
        for path, findings in misfits.items():
            problems += findings
            chosen[path] = self._files[path].in_force
        still = {path for path, _ in _misfits(chosen)}
        kept = {path: definitions for path, definitions in chosen.items() if definitions is not None}
        for path, definitions in kept.items():
            if path not in still:
                self._files[path].in_force = definitions
        fitting = [Definitions(d.path, d.cascade, None) if path in still else d for path, d in kept.items()]
        problems += _same_folder_twice(fitting)
        operators = {d.operator.operator.name: d.operator for d in fitting if d.operator is not None}
        return Snapshot(
            table=OperatorTable.of(definition.operator for definition in operators.values()),
            cascades=_cascades(fitting),
            definitions=tuple(operators.values()),
            problems=tuple(dict.fromkeys(problems)),
        )

    def _tell(self, problems: tuple[Finding, ...]) -> None:
        """One log line for each problem, when it appears."""
        for finding in problems:
            if finding not in self._told:
                log.warning("%s", finding)
        self._told = frozenset(problems)


def _cascades(files: Iterable[Definitions]) -> dict[str, Cascade]:
    return {d.cascade.cascade_id: d.cascade for d in files if d.cascade is not None}


def _misfits(chosen: Mapping[str, Definitions | None]) -> Iterator[tuple[str, list[Finding]]]:
    """Path and findings of each file whose operator does not fit the cascades."""
    cascades = _cascades(d for d in chosen.values() if d is not None)
    for path, definitions in chosen.items():
        if definitions is not None and definitions.operator is not None:
            findings = list(operator_findings(definitions.operator, cascades))
            if findings:
                yield path, findings


def _same_folder_twice(files: Iterable[Definitions]) -> Iterator[Finding]:
    """Two files of one folder that define the same name: order by file name decides, which nobody means."""
    seen: dict[tuple[str, str, str], str] = {}
    for definitions in files:
        folder = str(Path(definitions.path).parent)
        names = []
        if definitions.cascade is not None:
            names.append(("cascade", definitions.cascade.cascade_id))
        if definitions.operator is not None:
            names.append(("operator", definitions.operator.operator.name))
        for kind, name in names:
            first = seen.setdefault((folder, kind, name), definitions.path)
            if first != definitions.path:
                yield Finding(definitions.path, 0, f"{kind} {name} is defined in {Path(first).name} too; this one wins")

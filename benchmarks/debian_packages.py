"""Debian's package descriptions as labelled texts: real ones, of many subjects, that every Debian machine has.

Short descriptions come from ``apt-cache dumpavail``; long ones from a Translation-en index, where ``lists`` (an apt
lists folder, filled by ``apt-get update -o Acquire::Languages=en``) has one. A label is a section or a tag. One binary
package of each source package is kept, so that no text of a mark's source is among the tested.
"""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LISTS = Path("/var/lib/apt/lists")
LONGEST = 600
"""Characters kept of a text: about a paragraph."""


@dataclass(frozen=True, slots=True)
class Package:
    name: str
    source: str
    section: str
    tags: frozenset[str]
    text: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """``phrase`` is what a user would type; a package satisfies it by its section or by one of its tags."""

    phrase: str
    sections: frozenset[str]
    tags: frozenset[str] = frozenset()

    def holds(self, package: Package) -> bool:
        return package.section in self.sections or bool(self.tags & package.tags)


def criterion(phrase: str, *names: str) -> Criterion:
    """Names with ``::`` are tags, the others sections."""
    tags = frozenset(name for name in names if "::" in name)
    return Criterion(phrase, frozenset(names) - tags, tags)


TUNING = (
    criterion("game", "games", "use::gameplaying"),
    criterion("email", "mail", "with::mail"),
    criterion("database", "database", "with::db"),
    criterion("fonts", "fonts", "of::font"),
    criterion("version control", "vcs"),
    criterion("mathematics", "math", "field::mathematics"),
    criterion("Haskell", "haskell"),
    criterion("video", "video", "with::video"),
    criterion("text editor", "editors"),
    criterion("localization and translation", "localization"),
)
"""Scales and thresholds of the judge were chosen on these."""

REPORTED = (
    criterion("music and sound", "sound", "with::audio"),
    criterion("image editing and graphics", "graphics", "with::image", "with::image:raster"),
    criterion("biology", "field::biology", "field::biology:bioinformatics"),
    criterion("cryptography", "security::cryptography"),
    criterion("amateur radio", "hamradio"),
    criterion("electronics", "electronics"),
    criterion("web server", "httpd"),
    criterion("PHP", "php"),
    criterion("Java library", "java"),
    criterion("Ruby", "ruby"),
    criterion("R statistics", "gnu-r"),
    criterion("science", "science"),
    criterion("GNOME desktop", "gnome", "suite::gnome"),
    criterion("KDE", "kde", "suite::kde"),
    criterion("Lisp", "lisp", "in::lisp"),
    criterion("OCaml", "ocaml", "in::ocaml"),
    criterion("TeX and LaTeX", "tex", "format::tex"),
    criterion("virtual machines and containers", "admin::virtualization"),
    criterion("networking", "net"),
    criterion("command line shell", "shells", "in::shell"),
)
"""The figures are of these alone."""

SECTIONS = {
    "games": "game",
    "sound": "music and sound",
    "graphics": "graphics",
    "fonts": "font",
    "science": "science",
    "mail": "email",
    "database": "database",
    "web": "web",
    "editors": "text editor",
    "hamradio": "amateur radio",
}
"""Ten sections as labels of CLASSIFY."""


def read_packages(seed: int = 1, lists: Path = LISTS) -> list[Package]:
    """One package of each source, in random order. Raises CalledProcessError where there is no apt."""
    dumped = subprocess.run(["apt-cache", "dumpavail"], check=True, capture_output=True, text=True).stdout
    long_texts = dict(_long_descriptions(lists))
    chooser = random.Random(seed)
    by_source: dict[str, list[Package]] = {}
    for paragraph in dumped.split("\n\n"):
        fields = _fields(paragraph)
        if "Description" not in fields:
            continue
        short = fields["Description"].splitlines()[0]
        body = long_texts.get(fields.get("Description-md5", ""), "")
        source = fields.get("Source", fields["Package"]).split(" ")[0]
        tags = frozenset(tag.strip() for tag in fields.get("Tag", "").replace("\n", " ").split(","))
        section = fields.get("Section", "").rpartition("/")[2]
        text = f"{short}. {body}"[:LONGEST] if body else short
        by_source.setdefault(source, []).append(Package(fields["Package"], source, section, tags, text))
    packages = [chooser.choice(group) for group in by_source.values()]
    chooser.shuffle(packages)
    return packages


def _fields(paragraph: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in paragraph.splitlines():
        if line[:1] in (" ", "\t"):
            fields[name] = fields.get(name, "") + "\n" + line.strip()
        else:
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    return fields


def _long_descriptions(lists: Path) -> Iterator[tuple[str, str]]:
    for index in sorted(lists.glob("*_Translation-en*")):
        command = ["/usr/lib/apt/apt-helper", "cat-file", str(index)]
        text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for paragraph in text.split("\n\n"):
            fields = _fields(paragraph)
            if "Description-en" in fields:
                body = fields["Description-en"].split("\n", 1)
                yield fields.get("Description-md5", ""), body[1].replace("\n", " ") if len(body) > 1 else ""

"""How well the embedded model judges: balanced accuracy, AUC and F1, zero-shot and after 4, 16 and 64 marks.

    python -m benchmarks.judge [--texts 800] [--positives 40] [--seeds 2] [--lists DIR] [--json FILE]

Real texts (Debian's package descriptions), criteria by section or tag, marks half true and half false, from other
source packages than the tested texts. Scales and thresholds were chosen on the TUNING criteria; the figures are of the
others.
Extra positives are tested (rare criteria would have three), and weighted back to natural prevalence for F1.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.debian_packages import LISTS, REPORTED, SECTIONS, TUNING, Criterion, Package, read_packages
from sqlserver.core.examples import Example
from sqlserver.llm.embedded import judge as method
from sqlserver.llm.embedded.classifier import choose
from sqlserver.llm.embedded.encoder import Encoder
from sqlserver.llm.embedded.judge import Features
from sqlserver.llm.embedded.knowledge import Knowledge

MARKS = (0, 4, 16, 64)
DESIGN = {
    "balanced accuracy": (".819", ".832", ".863", ".891"),
    "AUC": (".888", ".902", ".922", ".946"),
    "best F1 at natural prevalence": (".468", ".495", ".532", ".577"),
}
"""Method E with means and scales of the column, on other criteria and texts of the same source."""

Values = NDArray[np.float64]
Truths = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Figures:
    balanced: float
    auc: float
    f1: float


def measured(values: Values, truths: Truths, prevalence: float, threshold: float = 0.0) -> Figures:
    """``prevalence`` of the whole population: F1's false positives are weighted up to it, at the best threshold."""
    order = np.argsort(values, kind="stable")
    ranks = np.empty(len(values))
    ranks[order] = np.arange(1, len(values) + 1)
    positives, negatives = int(truths.sum()), int((~truths).sum())
    auc = (ranks[truths].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    balanced = ((values[truths] >= threshold).mean() + (values[~truths] < threshold).mean()) / 2
    kept = np.cumsum(truths[order][::-1]) / positives
    wrong = np.cumsum(~truths[order][::-1]) / negatives * (1 - prevalence) / prevalence
    return Figures(float(balanced), float(auc), float((2 * kept / (kept + wrong + 1)).max()))


def mean(figures: Sequence[Figures]) -> Figures:
    return Figures(*(float(np.mean([getattr(f, name) for f in figures])) for name in ("balanced", "auc", "f1")))


@dataclass(frozen=True, slots=True)
class Sample:
    """Tested packages and those marks come from, disjoint; the first ``texts`` tested are a random sample."""

    packages: list[Package]
    tested: list[Package]
    markable: list[Package]
    texts: int
    positives: int

    @staticmethod
    def of(packages: list[Package], texts: int, positives: int) -> Sample:
        half = len(packages) // 2
        return Sample(packages, packages[:half], packages[half:], texts, positives)

    def test_set(self, criterion: Criterion) -> list[Package]:
        first = self.tested[: self.texts]
        return first + [p for p in self.tested[self.texts :] if criterion.holds(p)][: self.positives]

    def marks(self, criterion: Criterion, count: int, seed: int) -> tuple[Example, ...]:
        chooser = random.Random(seed)
        holding = [p for p in self.markable if criterion.holds(p)][: self.positives]
        others = [p for p in self.markable[: self.texts] if not criterion.holds(p)]
        chosen = [
            *((p, "true") for p in chooser.sample(holding, min(count // 2, len(holding)))),
            *((p, "false") for p in chooser.sample(others, count // 2)),
        ]
        return tuple(example(p.text, criterion.phrase, output) for p, output in chosen)


def example(text: str, criterion: str, output: str) -> Example:
    return Example("", "", output, 1.0, {"text": text, "criterion": criterion})


class Bench:
    def __init__(self, sample: Sample, seeds: int) -> None:
        self.sample = sample
        self.seeds = seeds
        self.knowledge = Knowledge(Encoder())
        self.known: dict[str, Features] = {}

    async def prepare(self) -> int:
        """Encodes what will be tested; the marks are encoded as they come."""
        texts = {p.text for criterion in (*TUNING, *REPORTED) for p in self.sample.test_set(criterion)}
        listed = sorted(texts)
        self.known = dict(zip(listed, await self.knowledge.features(listed), strict=True))
        return len(listed)

    async def judged(self, criterion: Criterion, count: int) -> Figures:
        prepared = await self.knowledge.criterion(criterion.phrase)
        packages = self.sample.test_set(criterion)
        truths = np.array([criterion.holds(p) for p in packages])
        prevalence = sum(map(criterion.holds, self.sample.packages)) / len(self.sample.packages)
        figures = []
        for seed in range(self.seeds if count else 1):
            examples = self.sample.marks(criterion, count, seed)
            marks = await self.knowledge.marks(examples, ("text", "criterion"), criterion.phrase)
            values = np.array([method.decide(self.known[p.text], prepared, marks) for p in packages])
            figures.append(measured(values, truths, prevalence))
        return mean(figures)

    async def column_statistics(self, criteria: Sequence[Criterion]) -> list[tuple[Values, Truths]]:
        """Zero-shot values with the tested column's own mean and deviation, before any threshold."""
        found = []
        for criterion in criteria:
            prepared = await self.knowledge.criterion(criterion.phrase)
            packages = self.sample.test_set(criterion)
            along = np.array([float(self.known[p.text].vector @ prepared.direction) for p in packages])
            column = along[: self.sample.texts]
            own = replace(prepared, mean=float(column.mean()), deviation=float(column.std()), threshold=0.0)
            values = np.array([method.prior(self.known[p.text], own) for p in packages])
            found.append((values, np.array([criterion.holds(p) for p in packages])))
        return found

    async def classified(self, count: int) -> float:
        """Mean recall over ten sections, ``count`` marks a section."""
        background = await self.knowledge.background()
        names = tuple(SECTIONS.values())
        labels = await self.knowledge.labels(names)
        shares = []
        for seed in range(self.seeds if count else 1):
            chooser = random.Random(seed)
            examples = tuple(
                example(p.text, "", label)
                for section, label in SECTIONS.items()
                for p in chooser.sample(of_section(self.sample.markable, section, 60), count)
            )
            marks, _ = await self.knowledge.label_marks(examples, ("text", "labels"), names)
            for section, label in SECTIONS.items():
                texts = [p.text for p in of_section(self.sample.tested, section, 40)]
                answers = [
                    choose(features, labels, marks, background.centre).label
                    for features in await self.knowledge.features(texts)
                ]
                shares.append(answers.count(label) / len(answers))
        return float(np.mean(shares))


def of_section(packages: list[Package], section: str, most: int) -> list[Package]:
    return [p for p in packages if p.section == section][:most]


def best_threshold(rows: Sequence[tuple[Values, Truths]]) -> float:
    choices = np.arange(-1, 5, 0.1)
    return float(max(choices, key=lambda at: np.mean([measured(v, t, 0.5, at).balanced for v, t in rows])))


def shown(number: float) -> str:
    return f"{number:.3f}".removeprefix("0")


async def run(options: argparse.Namespace, say: Callable[[str], None] = print) -> dict[str, object]:
    started = time.monotonic()
    packages = read_packages(lists=options.lists)
    bench = Bench(Sample.of(packages, options.texts, options.positives), options.seeds)
    encoded = await bench.prepare()
    took = time.monotonic() - started
    say(f"{len(packages):,} source packages, {encoded:,} texts encoded in {took:.0f} s ({encoded / took:.0f}/s)\n")
    results: dict[str, object] = {"packages": len(packages), "texts": encoded}
    for name, criteria in (("tuning", TUNING), ("reported", REPORTED)):
        by_marks = [mean([await bench.judged(criterion, count) for criterion in criteria]) for count in MARKS]
        results[name] = {str(n): [f.balanced, f.auc, f.f1] for n, f in zip(MARKS, by_marks, strict=True)}
        say(f"{len(criteria)} {name} criteria".ljust(44) + "".join(f"{n} marks".rjust(10) for n in MARKS))
        rows = {
            "balanced accuracy": [f.balanced for f in by_marks],
            "AUC": [f.auc for f in by_marks],
            "best F1 at natural prevalence": [f.f1 for f in by_marks],
        }
        for title, numbers in rows.items():
            say(title.ljust(44) + "".join(shown(number).rjust(10) for number in numbers))
            if name == "reported":
                say("  statistics of the column (design)".ljust(44) + "".join(x.rjust(10) for x in DESIGN[title]))
        say("")
    threshold = best_threshold(await bench.column_statistics(TUNING))
    column = [measured(v, t, 0.5, threshold).balanced for v, t in await bench.column_statistics(REPORTED)]
    say(f"zero-shot with the tested column's own mean and deviation, same texts: {shown(float(np.mean(column)))}")
    classes = {count: await bench.classified(count) for count in (0, 4, 32)}
    say("CLASSIFY over 10 sections, 0 / 4 / 32 marks a class: " + " / ".join(shown(x) for x in classes.values()))
    say("  (design: .67 / .75 / .86)")
    results |= {"column_statistics": float(np.mean(column)), "classify": classes}
    say(f"{time.monotonic() - started:.0f} s in all")
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--texts", type=int, default=800, help="random packages tested for every criterion")
    parser.add_argument("--positives", type=int, default=40, help="further packages that satisfy a criterion")
    parser.add_argument("--seeds", type=int, default=2, help="draws of marks")
    parser.add_argument("--lists", type=Path, default=LISTS, help="apt lists folder with a Translation-en index")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    results = asyncio.run(run(options))
    if options.json is not None:
        options.json.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""What the scores come to, read back from the parts, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ripieno.drift.detection import DriftMeter
from ripieno.runtime.csv_file import write_csv
from ripieno.scoring.ensemble import ScoringEnsemble
from ripieno.scoring.job import Job
from ripieno.scoring.parts import write_whole

UNREADABLE = "unreadable.csv"
N_NAMED = 5


@dataclass
class Results:
    """A summary of all parts.

    Attributes:
        n_images: Images of the input.
        n_unreadable: Those that cannot be read.
        classes: How many images each class was predicted for, by name.
        mean_confidence: Over the readable images; None without any.
        first_unreadable: The first few, with the reason.
    """

    n_images: int
    n_unreadable: int
    classes: dict[str, int]
    mean_confidence: float | None
    first_unreadable: list[str] = field(default_factory=list)


def gather(job: Job, ensemble: ScoringEnsemble, meter: DriftMeter) -> Results:
    """Go through all parts once: count, measure drift, and list what cannot be read.

    Args:
        job: Whose parts are all finished.
        ensemble: What scored.
        meter: Takes the statistics of every readable image.
    """
    index = {name: k for k, name in enumerate(ensemble.class_names)}
    counts = np.zeros(len(index), np.int64)
    confidence = 0.0
    unreadable: list[Sequence[Any]] = []
    names = [*meter.statistics, *({"confidence"} - set(meter.statistics))]
    for table in job.parts.read(job.n_parts, ["source", "row", "label", "error", *names]):
        is_readable = table.column("error").is_null()
        readable = table.filter(is_readable)
        labels = np.array([index[name] for name in readable.column("label").to_pylist()], np.int64)
        counts += np.bincount(labels, minlength=len(index))
        statistics = {name: readable.column(name).to_numpy() for name in names}
        confidence += float(statistics["confidence"].sum())
        meter.add(statistics, labels)
        broken = table.filter(table.column("error").is_valid())
        unreadable += zip(
            *(broken.column(name).to_pylist() for name in ("source", "row", "error")), strict=True
        )
    _list_unreadable(unreadable, job.directory / UNREADABLE)
    n_readable = int(counts.sum())
    return Results(
        job.n_images,
        len(unreadable),
        dict(zip(ensemble.class_names, counts.tolist(), strict=True)),
        confidence / n_readable if n_readable else None,
        [_in_words(each) for each in unreadable[:N_NAMED]],
    )


def _list_unreadable(unreadable: Sequence[Sequence[Any]], path: Path) -> None:
    """Write the list; none where everything could be read."""
    if not unreadable:
        path.unlink(missing_ok=True)
        return

    def write(unfinished: Path) -> None:
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            columns = ("source", "row", "error")
            write_csv(file, columns, (dict(zip(columns, row, strict=True)) for row in unreadable))

    write_whole(path, write)


def _in_words(entry: Sequence[Any]) -> str:
    source, row, reason = entry
    return f"{source}{'' if row is None else f' row {row}'} ({reason})"

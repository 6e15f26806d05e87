"""What a folder of scores says it is, so that a rerun goes on only with what belongs together."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from ripieno.data.paths import shown
from ripieno.errors import DataError
from ripieno.runtime.keys import key_of
from ripieno.scoring.ensemble import ScoringEnsemble
from ripieno.scoring.inputs import Input
from ripieno.scoring.parts import Parts, write_whole

JOB, PREDICTIONS = "job.json", "predictions"
SCHEMA = 1
PART_BYTES = 32 * 2**20
MAX_PART, MIN_PART = 4096, 64


@dataclass(frozen=True)
class Job:
    """One input through one ensemble into one folder.

    Attributes:
        directory: The output.
        facts: What makes it this job, of JSON values.
        part_size: Images of a part.
        n_images: Images of the input.
    """

    directory: Path
    facts: dict[str, Any]
    part_size: int
    n_images: int

    @property
    def key(self) -> str:
        """The hash of its facts."""
        return key_of(self.facts)

    @property
    def parts(self) -> Parts:
        """Where the scores are."""
        return Parts(self.directory / PREDICTIONS)

    @property
    def n_parts(self) -> int:
        """How many parts the scores have."""
        return -(-self.n_images // self.part_size)

    def n_rows(self, number: int) -> int:
        """How many rows a part has."""
        return min(self.part_size, self.n_images - number * self.part_size)

    def missing(self) -> Iterator[tuple[int, int]]:
        """Runs of parts that are not finished: the first, and how many follow each other."""
        numbers = [k for k in range(self.n_parts) if not self.parts.is_finished(k, self.n_rows(k))]
        for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
            members = [number for _, number in run]
            yield members[0], len(members)


def open_job(directory: Path, ensemble: ScoringEnsemble, images: Input) -> Job:
    """Begin a folder of scores, or go on with one.

    Args:
        directory: The output; held alone by the caller.
        ensemble: What scores.
        images: What is scored.

    Raises:
        DataError: If the folder holds other files, or the scores of another input or ensemble.
        DiskError: If it cannot be written.
    """
    part_size = images_per_part(ensemble)
    facts = {
        "schema": SCHEMA,
        "ensemble": {"name": ensemble.name, "key": ensemble.key},
        "input": {"kind": images.kind, "n_images": images.n_images, **images.identity},
        "part_size": part_size,
    }
    path = directory / JOB
    if path.exists():
        _check_same(json.loads(path.read_text(encoding="utf-8")), facts, directory)
    elif any(not each.name.startswith(".") for each in directory.iterdir()):
        raise DataError(
            f"Expected a new or empty folder as output, received {shown(directory)}, which holds"
            " other files. Choose another."
        )
    else:
        text = json.dumps(facts, indent=2) + "\n"
        write_whole(path, lambda unfinished: unfinished.write_text(text, encoding="utf-8"))
    return Job(directory, facts, part_size, images.n_images)


def images_per_part(ensemble: ScoringEnsemble) -> int:
    """As many as fit in 32 MiB, but from 64 to 4,096."""
    height, width, channels = ensemble.images.shape
    n_bytes = height * width * channels * (1 if ensemble.images.dtype == "uint8" else 4)
    return max(MIN_PART, min(MAX_PART, PART_BYTES // n_bytes))


def _check_same(there: dict[str, Any], facts: dict[str, Any], directory: Path) -> None:
    differing = [name for name in facts if there.get(name) != facts[name]]
    if differing:
        raise DataError(
            f"{shown(directory)} holds scores of another {' and another '.join(differing)}, or it"
            " has changed since. Choose another output, or remove that folder."
        )

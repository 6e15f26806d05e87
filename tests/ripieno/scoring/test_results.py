import csv

import numpy as np

from ripieno.data.unreadable import Unreadable
from ripieno.drift.detection import DriftMeter
from ripieno.scoring.inputs import Batch
from ripieno.scoring.job import Job
from ripieno.scoring.results import UNREADABLE, gather
from ripieno.scoring.table import score

WHITE, BLACK = np.full((4, 5, 1), 255, np.uint8), np.zeros((4, 5, 1), np.uint8)


def finished(directory, ensemble, *parts):
    job = Job(directory, {}, len(parts[0]), sum(map(len, parts)))
    for number, images in enumerate(parts):
        sources = [f"{number}-{i}.png" for i in range(len(images))]
        batch = Batch(sources, [None] * len(images), list(images))
        job.parts.write(number, score(batch, ensemble, ensemble.load()))
    return job


def test_all_parts_are_counted(ensemble, tmp_path):
    meter = DriftMeter(ensemble.reference)
    job = finished(tmp_path, ensemble, [WHITE, BLACK], [WHITE])
    results = gather(job, ensemble, meter)
    assert (results.n_images, results.n_unreadable) == (3, 0)
    assert results.classes == {"dark": 1, "bright": 2}
    assert results.mean_confidence == np.float64(0.9)
    assert meter.verdict().n_images == 3
    assert not (tmp_path / UNREADABLE).exists()


def test_what_cannot_be_read_is_listed(ensemble, tmp_path):
    broken = Unreadable("", "empty file")
    job = finished(tmp_path, ensemble, [WHITE, broken], [broken])
    results = gather(job, ensemble, DriftMeter(ensemble.reference))
    assert results.n_unreadable == 2
    assert results.first_unreadable == ["0-1.png (empty file)", "1-0.png (empty file)"]
    with (tmp_path / UNREADABLE).open(newline="") as file:
        assert [row["source"] for row in csv.DictReader(file)] == ["0-1.png", "1-0.png"]


def test_nothing_readable_has_no_confidence(ensemble, tmp_path):
    job = finished(tmp_path, ensemble, [Unreadable("", "empty file")])
    results = gather(job, ensemble, DriftMeter(ensemble.reference))
    assert results.mean_confidence is None
    assert sum(results.classes.values()) == 0

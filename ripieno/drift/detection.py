"""The verdict on a batch of new images: which statistics have moved, and by how much.

A statistic has drifted where the difference is *significant*, after correction for the number of
statistics, and *large*, by its population stability index. The first alone would alarm at trifles
in large batches, the second alone at chance in small ones.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from ripieno.drift.reference import Reference
from ripieno.drift.stability import stability_index, stability_of
from ripieno.drift.statistics import Values
from ripieno.drift.tally import Counts, Tally
from ripieno.drift.two_sample import holm, homogeneity, kolmogorov_smirnov

CLASSES = "predicted_classes"
"""What the comparison of the predicted classes' shares is called among the statistics."""


@dataclass(frozen=True)
class Shift:
    """How one statistic of the batch differs from the reference.

    Attributes:
        test: `kolmogorov_smirnov`, or `chi_squared` for the predicted classes.
        distance: The test's statistic.
        p_value: Of the test alone.
        adjusted_p_value: After Holm's correction for all statistics.
        psi: Population stability index.
        drifted: Whether it is significant and large.
    """

    test: str
    distance: float
    p_value: float
    adjusted_p_value: float
    psi: float
    drifted: bool


@dataclass(frozen=True)
class Drift:
    """The verdict on a batch.

    Attributes:
        n_images: Images of the batch.
        n_reference: Validation images it is compared with.
        enough: Whether there were as many images as a verdict takes; without, nothing drifted.
        shifts: By statistic.
    """

    n_images: int
    n_reference: int
    enough: bool
    shifts: Mapping[str, Shift]

    @property
    def drifted(self) -> tuple[str, ...]:
        """The statistics that drifted, the largest shift first."""
        names = [name for name, shift in self.shifts.items() if shift.drifted]
        return tuple(sorted(names, key=lambda name: -self.shifts[name].psi))

    def to_dict(self) -> dict[str, Any]:
        """The verdict as JSON values."""
        return {
            "drifted": list(self.drifted),
            "enough_images": self.enough,
            "n_images": self.n_images,
            "n_reference": self.n_reference,
            "statistics": {name: asdict(shift) for name, shift in self.shifts.items()},
        }


class DriftMeter:
    """Takes a batch's statistics bit by bit, in memory that does not grow with them.

    Args:
        reference: The training record.
    """

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._tallies = {name: Tally(values) for name, values in reference.statistics.items()}
        self._classes: Counts = np.zeros(len(reference.class_names), np.int64)

    @property
    def statistics(self) -> tuple[str, ...]:
        """The names of the statistics that `add` takes."""
        return tuple(self._tallies)

    def add(self, statistics: Mapping[str, Values], classes: Counts) -> None:
        """Count more images.

        Args:
            statistics: Of each name in `statistics`, values of shape (n_samples,).
            classes: Predicted classes of shape (n_samples,), in [0, n_classes).
        """
        for name, tally in self._tallies.items():
            tally.add(statistics[name])
        self._classes += np.bincount(classes, minlength=len(self._classes))

    def verdict(
        self,
        *,
        alpha: Annotated[
            float,
            Field(
                gt=0,
                lt=1,
                description="Chance in (0, 1) of an alarm on unchanged images, at most.",
            ),
        ] = 0.01,
        psi: Annotated[
            float,
            Field(
                ge=0,
                description="Population stability index from which a shift counts as large;"
                " 0.1 is customary for a look, 0.25 for action.",
            ),
        ] = 0.2,
        min_images: Annotated[
            int, Field(gt=0, description="Images that a verdict takes; fewer never alarm.")
        ] = 50,
    ) -> Drift:
        """Compare all that was counted with the reference.

        Args:
            alpha: Bound on the chance of a false alarm.
            psi: From where a shift is large.
            min_images: Images that a verdict takes.
        """
        n_images, n_reference = int(self._classes.sum()), self._reference.n_samples
        if n_images == 0:
            return Drift(0, n_reference, False, {})
        tests = {
            name: ("kolmogorov_smirnov", *kolmogorov_smirnov(tally, n_reference))
            for name, tally in self._tallies.items()
        }
        indices = {name: stability_of(tally, n_reference) for name, tally in self._tallies.items()}
        counts = self._reference.class_counts
        tests[CLASSES] = ("chi_squared", *homogeneity(self._classes, counts))
        indices[CLASSES] = stability_index(self._classes, counts)
        adjusted = holm({name: p_value for name, (_, _, p_value) in tests.items()})
        enough = n_images >= min_images
        shifts = {
            name: Shift(
                *tests[name],
                adjusted[name],
                indices[name],
                enough and adjusted[name] < alpha and indices[name] >= psi,
            )
            for name in tests
        }
        return Drift(n_images, n_reference, enough, shifts)

"""All that the report is made of, and which test images it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.types import FloatArray, ImageArray, IntArray

N_SHOWN = 24


@dataclass(frozen=True, eq=False)
class Pictures:
    """The first of the test images that have something in common.

    Attributes:
        images: Of shape (n_shown, height, width, channels), uint8 or float32; 1 or 3 channels.
        labels: True classes of shape (n_shown,).
        ensemble_labels: What the ensemble predicts, of shape (n_shown,).
        best_member_labels: What its best member predicts, of shape (n_shown,).
        n_total: How many there are, those not shown included.
    """

    images: ImageArray
    labels: IntArray
    ensemble_labels: IntArray
    best_member_labels: IntArray
    n_total: int


@dataclass(frozen=True, eq=False)
class ReportFacts:
    """A run, as the report tells it.

    Attributes:
        summary: What `summary.json` holds.
        histories: For each member its epochs as `{"number", "metrics": {...}}`; members of one
            epoch or none have no curve.
        all_wrong: Test images that neither a member nor the ensemble gets right.
        only_ensemble: Test images that the ensemble gets right and no member does.
        unlikely: Images of the least likely labels, in the order of the summary, (n_shown, height,
            width, channels).
    """

    summary: Mapping[str, Any]
    histories: Mapping[str, Sequence[Mapping[str, Any]]]
    all_wrong: Pictures
    only_ensemble: Pictures
    unlikely: ImageArray


def in_order(images: ImageArray, positions: NDArray[np.int64]) -> ImageArray:
    """Some of the images, in the order of their positions; a file is read from start to end."""
    return images[np.sort(positions)][np.argsort(np.argsort(positions))]


def choose_pictures(
    images: ImageArray,
    labels: IntArray,
    member_proba: FloatArray,
    ensemble_proba: FloatArray,
    best: int,
    n_shown: int = N_SHOWN,
) -> tuple[Pictures, Pictures]:
    """The images that nobody gets right, and those that only the ensemble does.

    Only the images chosen are read, so `images` may be a memory map. Ties of probability go to
    the lower class, as in `accuracy`.

    Args:
        images: Test images of shape (n_samples, height, width, channels).
        labels: True classes of shape (n_samples,).
        member_proba: Of shape (n_members, n_samples, n_classes).
        ensemble_proba: Of shape (n_samples, n_classes).
        best: Position of the best member.
        n_shown: Images to keep of each kind, at most.

    Returns:
        First the images of which no member and not the ensemble predicts the true class, those
        of which the ensemble is most confident leading; then those of which the ensemble predicts
        it and no member does, those of which the best member is most confident leading. Equally
        confident ones keep their order.

    Raises:
        ValueError: If the lengths differ or there is no such member.
    """
    n_members, n_samples, _ = member_proba.shape
    if not len(images) == len(labels) == len(ensemble_proba) == n_samples:
        raise ValueError(
            "images, labels, member_proba and ensemble_proba: expected equal numbers of samples, "
            f"received {len(images)}, {len(labels)}, {n_samples} and {len(ensemble_proba)}."
        )
    if not 0 <= best < n_members:
        raise ValueError(f"best: expected a member in [0, {n_members}), received {best}.")
    member_labels = member_proba.argmax(axis=2)  # (n_members, n_samples)
    ensemble_labels = ensemble_proba.argmax(axis=1)
    no_member = (member_labels != labels).all(axis=0)
    right = ensemble_labels == labels

    def pick(chosen: NDArray[np.bool_], confidence: FloatArray) -> Pictures:
        positions = np.flatnonzero(chosen)
        order = np.argsort(-confidence[positions], kind="stable")
        first = positions[order[:n_shown]]
        columns = (labels[first], ensemble_labels[first], member_labels[best, first])
        return Pictures(in_order(images, first), *columns, n_total=len(positions))

    return (
        pick(no_member & ~right, ensemble_proba.max(axis=1)),
        pick(no_member & right, member_proba[best].max(axis=1)),
    )

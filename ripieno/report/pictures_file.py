"""The images that the report shows, in a file of the run.

Those of the test set are chosen while it is open, and drawn after it has been closed.
"""

from pathlib import Path

import numpy as np

from ripieno.data.npz_file import open_npz, read_npz_array
from ripieno.report.facts import Pictures
from ripieno.types import ImageArray

ARRAYS = ("images", "labels", "ensemble_labels", "best_member_labels", "n_total")


def save_pictures(
    path: Path, all_wrong: Pictures, only_ensemble: Pictures, unlikely: ImageArray
) -> None:
    """Write both choices of test images, and those of unlikely labels, as one npz archive."""
    both = {"all_wrong": all_wrong, "only_ensemble": only_ensemble}
    arrays = {
        f"{kind}_{name}": np.asarray(getattr(pictures, name))
        for kind, pictures in both.items()
        for name in ARRAYS
    }
    with path.open("wb") as file:
        np.savez_compressed(file, unlikely_images=unlikely, **arrays)  # type: ignore[arg-type]  # its stub confuses names and flags


def load_pictures(path: Path) -> tuple[Pictures, Pictures, ImageArray]:
    """Read what `save_pictures` wrote.

    Raises:
        DataError: If the file is damaged.
    """
    with open_npz(path) as archive:
        all_wrong, only_ensemble = (
            [read_npz_array(archive, f"{kind}_{name}", path) for name in ARRAYS]
            for kind in ("all_wrong", "only_ensemble")
        )
        unlikely = read_npz_array(archive, "unlikely_images", path)
    return _pictures(all_wrong), _pictures(only_ensemble), unlikely


def _pictures(arrays: list[np.ndarray]) -> Pictures:
    images, labels, ensemble_labels, best_member_labels, n_total = arrays
    return Pictures(images, labels, ensemble_labels, best_member_labels, int(n_total))

"""Standardisation fitted on the training split alone: one streaming pass, in float64."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ripieno.data.dataset import batches
from ripieno.data.npz_file import open_npz, read_npz_array
from ripieno.errors import ConfigurationError, DataError
from ripieno.types import FloatArray, ImageArray

AXES: dict[str, tuple[int, ...]] = {"pixel": (0,), "channel": (0, 1, 2), "all": (0, 1, 2, 3)}
"""The axes that are averaged over, as in `(data - mean(data, axis)) / std(data, axis)`."""


@dataclass(frozen=True)
class Normaliser:
    """Maps images to mean 0 and standard deviation 1, feature by feature.

    Attributes:
        mean: float64, broadcastable to (height, width, channels).
        variance: float64 and above 0, of the same shape; 1 where a feature is constant.
        per: What a feature is: a key of `AXES`, or the axes themselves.
        n_constant: How many features are constant on the training split.
    """

    mean: FloatArray
    variance: FloatArray
    per: str
    n_constant: int = 0

    def apply(self, images: ImageArray) -> FloatArray:
        """The images as float32, minus the mean, over the standard deviation.

        Args:
            images: Shape (n_samples, height, width, channels), or one image without the first.
        """
        centred = np.subtract(images, self.mean.astype(np.float32), dtype=np.float32)
        centred /= np.sqrt(self.variance).astype(np.float32)
        return centred


def fit_normaliser(images: ImageArray, axis: tuple[int, ...]) -> Normaliser:
    """Mean and variance over some axes, in batches: memory does not grow with the images.

    The batches' moments are merged by the pairwise update of Chan, Golub and LeVeque. Values are
    taken relative to the first of each feature, so that a constant feature has variance exactly 0
    whatever the rounding; it gets variance 1, to stay constant and finite, and is counted.

    Args:
        images: Shape (n_samples, height, width, channels); may be memory-mapped.
        axis: Axes to average over; the samples' axis 0 is one of them.

    Returns:
        The normaliser, whose variance is the mean squared deviation (no Bessel correction).

    Raises:
        ConfigurationError: If axis 0 is missing or an axis is not in [0, 3].
        DataError: If there are no images.

    References:
        Chan, Golub & LeVeque (1983), Algorithms for Computing the Sample Variance.
    """
    axis = tuple(sorted(set(axis)))
    if 0 not in axis or not set(axis) <= {0, 1, 2, 3}:
        raise ConfigurationError(
            f"Expected axes in [0, 3] with the samples' axis 0 among them, received {axis}."
        )
    if len(images) == 0:
        raise DataError("Expected images to fit the normaliser on, received none.")
    origin = images[tuple(slice(1) if a in axis else slice(None) for a in range(4))]
    origin = origin.astype(np.float64)
    count, mean, squares = 0, np.zeros_like(origin), np.zeros_like(origin)
    for part in batches(images):
        values = images[part] - origin  # float64
        n = values.size // origin.size
        batch_mean = values.mean(axis=axis, keepdims=True)
        values -= batch_mean
        batch_squares = np.square(values, out=values).sum(axis=axis, keepdims=True)
        delta = batch_mean - mean
        mean += delta * (n / (count + n))
        squares += batch_squares + delta**2 * (count * n / (count + n))
        count += n
    variance = (squares / count)[0]
    constant = variance == 0
    variance[constant] = 1.0
    per = next((name for name, axes in AXES.items() if axes == axis), str(axis))
    return Normaliser((origin + mean)[0], variance, per, int(constant.sum()))


def save_normaliser(normaliser: Normaliser, path: Path) -> None:
    """Write a normaliser as an npz archive."""
    np.savez(
        path,
        mean=normaliser.mean,
        variance=normaliser.variance,
        per=np.array(normaliser.per),
        n_constant=np.array(normaliser.n_constant),
    )


def load_normaliser(path: Path) -> Normaliser:
    """Read what `save_normaliser` wrote.

    Raises:
        DataError: If the file is damaged.
    """
    with open_npz(path) as archive:
        mean, variance, per, n_constant = (
            read_npz_array(archive, name, path)
            for name in ("mean", "variance", "per", "n_constant")
        )
    return Normaliser(mean, variance, str(per), int(n_constant))

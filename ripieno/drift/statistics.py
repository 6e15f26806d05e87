"""Figures of every image, and of what an ensemble makes of it, whose distributions are compared.

They are rounded, so that a value that many images share (a probability of 1, say) is one value
whatever the last bits of a sum are.
"""

import numpy as np
from numpy.typing import NDArray

from ripieno.data.dataset import batches
from ripieno.types import FloatArray, ImageArray

DECIMALS = 6
COLOURS = ("red", "green", "blue")
Values = NDArray[np.float64]


def image_statistics(images: ImageArray) -> dict[str, Values]:
    """Brightness, contrast, sharpness and, of colour images, the mean of every channel.

    - brightness: mean of all values;
    - contrast: their standard deviation;
    - sharpness: mean absolute difference of neighbours, which noise raises and blur lowers.

    Args:
        images: Shape (n_samples, height, width, channels); may be memory-mapped.

    Returns:
        By name, in the unit of the pixels, float64 of shape (n_samples,).
    """
    names = ("brightness", "contrast", "sharpness", *_colours(images))
    parts = [_of_batch(images[part]) for part in batches(images)]
    if not parts:
        return {name: np.empty(0) for name in names}
    return {name: np.concatenate([part[name] for part in parts]) for name in names}


def prediction_statistics(proba: FloatArray, members: FloatArray) -> dict[str, Values]:
    """Confidence, entropy and, of two members or more, their disagreement on every image.

    - confidence: the highest probability;
    - entropy: of the probabilities, in nats;
    - disagreement: share of the pairs of members that predict different classes; its mean over
      images is the members' mean pairwise disagreement.

    Args:
        proba: Pooled probabilities of shape (n_samples, n_classes).
        members: Of the members with weight, of shape (n_members, n_samples, n_classes).

    Returns:
        By name, float64 of shape (n_samples,).
    """
    logarithms = np.log(np.where(proba > 0, proba, 1.0))
    statistics = {
        "confidence": proba.max(axis=1),
        "entropy": -(proba * logarithms).sum(axis=1) + 0.0,
    }
    if len(members) > 1:
        statistics["disagreement"] = _disagreement(members.argmax(axis=2), proba.shape[1])
    return {name: _rounded(values) for name, values in statistics.items()}


def _of_batch(images: ImageArray) -> dict[str, Values]:
    pixels = np.asarray(images, dtype=np.float64)
    flat = pixels.reshape(len(pixels), -1)
    statistics = {
        "brightness": flat.mean(axis=1),
        "contrast": flat.std(axis=1),
        "sharpness": _sharpness(pixels),
    }
    for channel, name in enumerate(_colours(images)):
        statistics[name] = pixels[..., channel].mean(axis=(1, 2))
    return {name: _rounded(values) for name, values in statistics.items()}


def _colours(images: ImageArray) -> tuple[str, ...]:
    return COLOURS if images.shape[3] == len(COLOURS) else ()


def _sharpness(pixels: NDArray[np.float64]) -> Values:
    """Mean over all horizontal and vertical neighbours; 0 for an image of one pixel."""
    across, down = np.abs(np.diff(pixels, axis=2)), np.abs(np.diff(pixels, axis=1))
    n_pairs = across[0].size + down[0].size
    total = across.sum(axis=(1, 2, 3)) + down.sum(axis=(1, 2, 3))
    return np.asarray(total / max(n_pairs, 1))


def _disagreement(classes: NDArray[np.intp], n_classes: int) -> Values:
    """Of predicted classes (n_members, n_samples): one less the share of agreeing pairs."""
    n_members = len(classes)
    agreeing = np.zeros(classes.shape[1])
    for k in range(n_classes):
        votes = (classes == k).sum(axis=0)
        agreeing += votes * (votes - 1)
    return np.asarray(1.0 - agreeing / (n_members * (n_members - 1)))


def _rounded(values: FloatArray) -> Values:
    return np.asarray(np.round(values, DECIMALS), dtype=np.float64)

"""The range and the kind of pixels: what a model was trained on, and what it is given.

A model answers for any numbers of the right shape: pixels from 0 to 255 where it was trained on
0 to 1 get a label and a high confidence, mostly a wrong one. So the range of the training pixels
travels with the model, and what lies clearly outside is refused.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ripieno.data.dataset import batches
from ripieno.types import ImageArray

_FAR = 4.0
"""Widths of the trained range that a pixel may lie beyond its ends: from 10 bits, 12 are too far
(3.0 times the width of 8 bits is another camera, 15 times another scale)."""
_NEAR = 1.0
"""The same, before it is worth a line."""
_SMALL = 1 / 100
"""Share of the trained range in which pixels are oddly dark: 1 of 255, or 255 of 65535."""
_LEVELS = 15
"""Width of a range of whole numbers from which on fractions around 0 are no such pixels."""


@dataclass(frozen=True)
class PixelRange:
    """The range of some pixels, and whether all of them are whole numbers.

    Attributes:
        low: The smallest value.
        high: The largest value.
        whole: Whether there are no fractions.
    """

    low: float
    high: float
    whole: bool

    @classmethod
    def of(cls, images: ImageArray) -> "PixelRange":
        """The range of images, looked at a batch at a time.

        Args:
            images: Shape (n_samples, height, width, channels) with n_samples > 0, finite; may be
                memory-mapped.
        """
        low, high, whole = np.inf, -np.inf, True
        for part in batches(images):
            pixels = images[part]
            low, high = min(low, float(pixels.min())), max(high, float(pixels.max()))
            if whole and pixels.dtype.kind == "f":
                whole = bool((pixels == np.rint(pixels)).all())
        return cls(low, high, whole)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "PixelRange":
        """The range that `to_dict` described."""
        return cls(float(values["low"]), float(values["high"]), bool(values["whole"]))

    def to_dict(self) -> dict[str, Any]:
        """The range as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        kind = "whole numbers" if self.whole else "fractions"
        return f"{kind} from {_shown(self.low)} to {_shown(self.high)}"

    def mismatch(self, given: "PixelRange") -> str | None:
        """Why pixels are clearly not like those of this range, the training's; None if they may be.

        They are not where one lies further outside than four times the range is wide, or where
        they are fractions around 0, as normalising leaves them, and the training pixels are whole
        numbers up to 15 or more. Pixels of 0 always may be: an image may be black.

        Args:
            given: The range of an image or of several.

        Returns:
            Half a sentence that says what was expected and received, and what to do.
        """
        if self._normalised(given):
            advice = "They look normalised: give the pixels as the training data have them"
        elif self._beyond(given) > _FAR:
            advice = "Scale them as the training data are"
        else:
            return None
        return f"expected pixels like those of training, {self}, received {given}. {advice}."

    def doubt(self, given: "PixelRange") -> str | None:
        """What is odd about pixels that `mismatch` lets pass; None if nothing is.

        Odd are pixels that lie outside by more than the width of the range, and pixels that are
        not all 0 and reach no further than a hundredth of it: a binary picture of 0 and 1 for a
        model of bytes, or a dark one.

        Args:
            given: The range of several images.
        """
        reach = max(abs(given.low), abs(given.high))
        dark = 0 < reach <= _SMALL * self._width
        if not dark and self._beyond(given) <= _NEAR:
            return None
        return f"the pixels are {given}, those of training {self}: check that both are scaled alike"

    @property
    def _ends(self) -> tuple[float, float]:
        """The range, widened to hold 0."""
        return min(self.low, 0.0), max(self.high, 0.0)

    @property
    def _width(self) -> float:
        low, high = self._ends
        return high - low

    def _beyond(self, given: "PixelRange") -> float:
        """How far the furthest pixel lies outside, in widths of the range; 0 if none does."""
        low, high = self._ends
        distance = max(low - given.low, given.high - high, 0.0)
        return distance / self._width if self._width else 0.0

    def _normalised(self, given: "PixelRange") -> bool:
        if given.whole or not self.whole or self._width < _LEVELS:
            return False
        # Divided by the largest value: at most 1. Standardised: 5 at most, of 250 levels or more.
        limit = float(np.clip(self._width / 50, 1, 5))
        return -limit <= given.low and given.high <= limit


def _shown(value: float) -> str:
    return f"{value:.0f}" if value == round(value) else f"{value:.4g}"

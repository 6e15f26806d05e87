"""Names for the arrays that travel through the package."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
ImageArray = NDArray[Any]
"""Images of shape (n_samples, height, width, channels), uint8 in [0, 255] or float32."""
ImageShape = tuple[int, int, int]
"""Height, width and channels of one image."""

"""Images as the rows that scikit-learn wants, and the steps that turn rows into features.

All steps are stock; the one function of ours that a saved pipeline may name is `hog_of_rows`.
"""

from typing import Any

import numpy as np

from ripieno.data.normalisation import Normaliser
from ripieno.models.features import Hog, hog
from ripieno.types import FloatArray, ImageArray, ImageShape


def rows_of(images: ImageArray) -> FloatArray:
    """Pixels as rows of shape (n_samples, h * w * c), float32."""
    return np.asarray(images, dtype=np.float32).reshape(len(images), -1)


def hog_of_rows(
    rows: FloatArray, image_shape: ImageShape, orientations: int, cell_size: int, block_size: int
) -> FloatArray:
    """Histograms of oriented gradients of images that are given as rows.

    A saved pipeline names this function and holds these arguments: change neither.
    """
    settings = Hog(orientations=orientations, cell_size=cell_size, block_size=block_size)
    return hog(np.asarray(rows).reshape(-1, *image_shape), settings)


def hog_step(settings: Hog, image_shape: ImageShape) -> Any:
    """A stock transformer of rows into histograms of oriented gradients."""
    from sklearn.preprocessing import FunctionTransformer

    arguments = {"image_shape": tuple(image_shape), **settings.model_dump()}
    return FunctionTransformer(hog_of_rows, kw_args=arguments)


def normaliser_step(normaliser: Normaliser, image_shape: ImageShape) -> Any:
    """A stock StandardScaler of rows, fitted already: it has the normaliser's figures."""
    from sklearn.preprocessing import StandardScaler

    scaler = StandardScaler()
    scaler.mean_ = np.broadcast_to(normaliser.mean, image_shape).ravel().copy()
    scaler.var_ = np.broadcast_to(normaliser.variance, image_shape).ravel().copy()
    scaler.scale_ = np.sqrt(scaler.var_)
    scaler.n_features_in_ = scaler.mean_.size
    return scaler

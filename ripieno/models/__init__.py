"""Architectures by name."""

from ripieno.models.architecture import Architecture
from ripieno.models.convnet_batchnorm import CONVNET_BATCHNORM
from ripieno.models.dense_batchnorm import DENSE_BATCHNORM
from ripieno.models.scikit_learn import SCIKIT_LEARN
from ripieno.models.separable_convnet import SEPARABLE_CONVNET

__all__ = ["MODELS", "Architecture"]

MODELS: dict[str, Architecture] = {
    "convnet_batchnorm": CONVNET_BATCHNORM,
    "dense_batchnorm": DENSE_BATCHNORM,
    "scikit_learn": SCIKIT_LEARN,
    "separable_convnet": SEPARABLE_CONVNET,
}

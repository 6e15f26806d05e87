"""The code of a member's MLflow model: MLflow copies this file beside the artefact and runs it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class MemberModel(PythonModel):
    """Raw images in, class probabilities out.

    A Keras member is a stock `.keras` file and needs no ripieno; a scikit-learn member is a skops
    file that ripieno's own list of trusted types opens.
    """

    _predict: Callable[[Any], Any]

    def load_context(self, context: PythonModelContext) -> None:
        """Open the artefact."""
        directory = Path(context.artifacts["member"])
        # A member that is the models of all folds has a folder for each, and predicts their mean.
        folders = sorted(directory.glob("fold-*")) or [directory]
        models = [_load(folder) for folder in folders]
        self._predict = lambda images: np.mean([model(images) for model in models], axis=0)

    # An array's hint asks MLflow for nothing: the signature says shape and type.
    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002  MLflow calls it so
        model_input: np.ndarray,  # bare, as MLflow compares it
        params: dict[str, Any] | None = None,  # noqa: ARG002  MLflow calls it so
    ) -> np.ndarray:
        """Class probabilities of shape (n_samples, n_classes)."""
        proba = self._predict(np.asarray(model_input))
        return np.asarray(proba, dtype=np.float64)


def _load(directory: Path) -> Callable[[Any], Any]:
    """A function from images to probabilities."""
    if (directory / "model.keras").exists():
        import keras

        network = keras.models.load_model(directory / "model.keras")
        return lambda images: np.asarray(network(images, training=False), np.float64)
    from ripieno.models import MODELS

    architecture = MODELS["scikit_learn"]
    pipeline = architecture.load(directory)
    return lambda images: architecture.predict_proba(pipeline, images)


mlflow.models.set_model(MemberModel())

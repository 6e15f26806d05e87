"""The code of the published MLflow model: MLflow copies this file beside the bundle and runs it.

The model brings the source of `ripieno` along, so that it loads where ripieno is not installed.
"""

from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc.model import PythonModel, PythonModelContext

from ripieno.errors import DataError
from ripieno.serving.ensemble import Ensemble


class BadImages(MlflowException):
    """Images that the model refuses: HTTP 400 and one line.

    MLflow's server puts the whole input in front of a message; this one stays as it is.
    """

    @property
    def message(self) -> str:
        """The line."""
        return str(self.args[0]) if self.args else ""

    @message.setter
    def message(self, text: str) -> None:
        pass


class EnsembleModel(PythonModel):
    """Raw images in; labels, probabilities and each member's agreement out."""

    _ensemble: Ensemble

    def load_context(self, context: PythonModelContext) -> None:
        """Verify and open the bundle, and compile it before the first request comes."""
        self._ensemble = Ensemble.load(Path(context.artifacts["ensemble"]))
        bundle = self._ensemble.bundle
        self._ensemble.predict(np.zeros((1, *bundle.image_shape), bundle.dtype))

    # An array's hint asks MLflow for nothing: the images are checked by ourselves.
    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002  MLflow calls it so
        model_input: np.ndarray,  # bare, as MLflow compares it
        params: dict[str, Any] | None = None,  # noqa: ARG002  MLflow calls it so
    ) -> dict[str, Any]:
        """One entry an image in `label`, `probabilities` and `agreement`.

        `classes` names the columns of the probabilities, `members` those of the agreement. An
        ensemble with prediction sets has those as well: lists of names, of any length.
        """
        try:
            answer = self._ensemble.predict(model_input)
        except DataError as error:
            raise BadImages(str(error), INVALID_PARAMETER_VALUE) from error
        bundle = self._ensemble.bundle
        return {
            "label": [bundle.class_names[k] for k in answer.labels],
            "probabilities": answer.proba,
            "agreement": answer.agreement,
            "classes": list(bundle.class_names),
            "members": [member.name for member in bundle.members],
            **(
                {} if answer.prediction_sets is None else {"prediction_set": answer.prediction_sets}
            ),
        }


mlflow.models.set_model(EnsembleModel())

"""A model that does nothing: what MLflow's server costs by itself."""

from typing import Any

import mlflow
import numpy as np
from mlflow.pyfunc.model import PythonModel, PythonModelContext


class IdentityModel(PythonModel):
    """Answers 0 for every image."""

    def predict(
        self,
        context: PythonModelContext,  # noqa: ARG002  MLflow calls it so
        model_input: np.ndarray,
        params: dict[str, Any] | None = None,  # noqa: ARG002  MLflow calls it so
    ) -> list[float]:
        """One number an image."""
        return [0.0] * len(model_input)


mlflow.models.set_model(IdentityModel())

"""What MLflow stores of a model: code, artefacts, signature, example and pinned requirements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec

import ripieno
from ripieno.types import ImageArray

CODE = Path(__file__).parents[1]


@dataclass(frozen=True)
class ModelFiles:
    """A model made from code, without a pickle.

    Attributes:
        code: The Python file that MLflow runs to make the model.
        artifacts: Files and folders that it opens, by name.
        signature: What goes in and what comes out.
        example: Images of shape (n, height, width, channels).
        requirements: Pinned requirements to load it.
        code_paths: Packages that travel with it.
    """

    code: Path
    artifacts: Mapping[str, Path]
    signature: ModelSignature
    example: ImageArray
    requirements: Sequence[str]
    code_paths: Sequence[Path] = ()

    def save(self, directory: Path, model: Model) -> None:
        """Write the MLflow model into a folder that does not exist."""
        mlflow.pyfunc.save_model(
            path=str(directory),
            mlflow_model=model,
            python_model=str(self.code),
            # As addresses: MLflow reads a question mark in a path as the end of it.
            artifacts={name: path.as_uri() for name, path in self.artifacts.items()},
            signature=self.signature,
            input_example=self.example,
            pip_requirements=list(self.requirements),
            code_paths=[str(path) for path in self.code_paths] or None,
        )


def member_files(
    artefact: Path, example: ImageArray, n_classes: int, requirements: Sequence[str]
) -> ModelFiles:
    """A member: images in, probabilities out."""
    signature = ModelSignature(
        inputs=_images(example), outputs=Schema([TensorSpec(np.dtype(np.float64), (-1, n_classes))])
    )
    code = CODE / "member_model.py"
    return ModelFiles(code, {"member": artefact}, signature, example, requirements)


def ensemble_files(
    bundle: Path,
    example: ImageArray,
    n_classes: int,
    n_members: int,
    has_sets: bool,
    requirements: Sequence[str],
) -> ModelFiles:
    """The ensemble: images in; labels, probabilities, agreement and prediction sets out."""
    outputs: list[ColSpec | TensorSpec] = [
        TensorSpec(np.dtype(np.str_), (-1,), "label"),
        TensorSpec(np.dtype(np.float64), (-1, n_classes), "probabilities"),
        TensorSpec(np.dtype(np.bool_), (-1, n_members), "agreement"),
        TensorSpec(np.dtype(np.str_), (n_classes,), "classes"),
        TensorSpec(np.dtype(np.str_), (n_members,), "members"),
    ]
    if has_sets:  # as many names as a set has: MLflow has no word for rows of different lengths
        outputs.append(TensorSpec(np.dtype(np.str_), (-1, -1), "prediction_set"))
    signature = ModelSignature(inputs=_images(example), outputs=Schema(outputs))
    # MLflow leaves the checking to models that say so. Its own cuts fractions to bytes without a
    # word, accepts NaN and an empty batch, and answers with the whole input in the message.
    signature._is_signature_from_type_hint = True
    return ModelFiles(
        CODE / "ensemble_model.py",
        {"ensemble": bundle},
        signature,
        example,
        requirements,
        [Path(ripieno.__file__).parent],
    )


def open_ensemble(tracking_uri: str, model_uri: str) -> Any:
    """The `ripieno.serving.ensemble.Ensemble` of a registered model, by this process's ripieno."""
    from ripieno.serving.ensemble import Ensemble

    mlflow.set_tracking_uri(tracking_uri)
    folder = mlflow.artifacts.download_artifacts(model_uri)
    return Ensemble.load(Path(folder) / "artifacts" / "ensemble")


def _images(example: ImageArray) -> Schema:
    return Schema([TensorSpec(example.dtype, (-1, *example.shape[1:]))])

"""A logged model in a process that knows nothing: what anybody who loads it will get."""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ripieno.errors import PublicationError

SCRIPT = Path(__file__).with_name("fresh_process.py")
SECONDS = 900


@dataclass(frozen=True, eq=False)
class FreshAnswer:
    """What a model said in a process of its own.

    Attributes:
        proba: Of shape (n_samples, n_classes).
        labels: Class names of shape (n_samples,).
        one_ms: Milliseconds for a single image, median.
        image_ms: Milliseconds for one image of a batch, median.
    """

    proba: NDArray[np.float64]
    labels: NDArray[np.str_]
    one_ms: float
    image_ms: float


def predict_in_fresh_process(tracking_uri: str, model_uri: str, images: Path) -> FreshAnswer:
    """Load a model with MLflow alone, in a new isolated interpreter, and predict.

    The interpreter refuses to unpickle anything while it does so.

    Args:
        tracking_uri: Where the model is registered.
        model_uri: Such as `models:/digits/3`.
        images: A `.npy` file of images.

    Raises:
        PublicationError: If the model cannot be loaded, or does not answer.
    """
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder) / "answer.npz"
        arguments = (tracking_uri, model_uri, str(images), str(answer))
        done = subprocess.run(  # noqa: S603  our own script
            [sys.executable, "-I", str(SCRIPT), *arguments],
            cwd=folder,
            env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode != 0:
            lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
            raise PublicationError(f"{model_uri} cannot be used in a fresh process: {lines[-1]}")
        with np.load(answer, allow_pickle=False) as said:
            times = float(said["one_ms"]), float(said["image_ms"])
            return FreshAnswer(said["proba"], said["labels"], *times)

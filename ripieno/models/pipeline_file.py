"""Pipelines of scikit-learn on disk, without pickle.

A skops file names the types it is made of. Those that skops does not trust by itself must be in our
list, which is the code's and not the file's.
"""

import zipfile
from pathlib import Path
from typing import Any

from ripieno.errors import DataError, TrainingError

FILE_NAME = "model.skops"

TRUSTED = frozenset(
    {
        "ripieno.models.rows.hog_of_rows",
        "sklearn._loss.link.Interval",
        "sklearn._loss.link.LogitLink",
        "sklearn._loss.link.MultinomialLogit",
        "sklearn._loss.loss.HalfBinomialLoss",
        "sklearn._loss.loss.HalfMultinomialLoss",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels.ConstantKernel",
        "sklearn.gaussian_process.kernels.Product",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.metrics._dist_metrics.ChebyshevDistance64",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.metrics._dist_metrics.ManhattanDistance64",
        "sklearn.metrics._dist_metrics.MinkowskiDistance64",
        "sklearn.metrics._classification.balanced_accuracy_score",
        "sklearn.metrics._scorer._CurveScorer",
        "sklearn.metrics._scorer._Scorer",
        "sklearn.neighbors._ball_tree.BallTree",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
        "sklearn.utils._metadata_requests.MetadataRequest",
        "sklearn.utils._metadata_requests.MethodMetadataRequest",
    }
)
"""Types of fitted classifiers that do nothing but hold and apply what was learnt."""


def save(model: Any, directory: Path) -> None:
    """Write `model.skops`.

    Raises:
        TrainingError: If the pipeline holds a type that `load` would refuse.
    """
    from skops import io

    path = Path(directory) / FILE_NAME
    io.dump(model, path, compression=zipfile.ZIP_DEFLATED, compresslevel=1)
    if foreign := _foreign_types(path):
        raise TrainingError(
            f"The classifier cannot be saved: it holds {', '.join(foreign)}, which ripieno does"
            " not trust. Choose other parameters."
        )


def load(directory: Path) -> Any:
    """Read `model.skops`; nothing in it is unpickled.

    Raises:
        DataError: If the file is damaged, or holds a type that is not trusted.
    """
    from skops import io

    path = Path(directory) / FILE_NAME
    try:
        if foreign := _foreign_types(path):
            raise DataError(f"{path} holds types that are not trusted: {', '.join(foreign)}.")
        return io.load(path, trusted=io.get_untrusted_types(file=path))
    except (zipfile.BadZipFile, KeyError, EOFError) as error:
        raise DataError(f"{path} is damaged: {error}.") from error


def _foreign_types(path: Path) -> list[str]:
    from skops import io

    return sorted(set(io.get_untrusted_types(file=path)) - TRUSTED)

"""A part of the scores: one row an image, in the order of the input.

| column | |
| --- | --- |
| `source`, `row` | the picture's path, or the file and the row in it |
| `label` | the most probable class, the lower of equals; null where the image cannot be read |
| `confidence` | its probability |
| `prediction_set` | the classes of its prediction set, the most probable first; where it has sets |
| `proba_<class>` | every class's probability |
| `label_<member>` | what each member with weight predicts by itself |
| `brightness`, `contrast`, ... | the statistics whose drift is judged |
| `error` | why the image cannot be read |
"""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ripieno.data.unreadable import Unreadable
from ripieno.drift.statistics import image_statistics, prediction_statistics
from ripieno.pooling.pool import mean_over_folds
from ripieno.scoring.ensemble import Predict, ScoringEnsemble
from ripieno.scoring.inputs import Batch


def score(batch: Batch, ensemble: ScoringEnsemble, predict: Predict) -> Any:
    """What the ensemble makes of a batch, as a `pyarrow.Table`.

    Args:
        batch: Images and those that cannot be read. One whose pixels are clearly not like those of
            training counts as unreadable.
        ensemble: The ensemble.
        predict: What `ensemble.load` gave.
    """
    import pyarrow as pa

    batch = replace(batch, images=ensemble.images.screened(batch.images, batch.sources))
    errors = [each.reason if isinstance(each, Unreadable) else None for each in batch.images]
    readable = np.flatnonzero([error is None for error in errors])
    columns: dict[str, Any] = {
        "source": pa.array(batch.sources, pa.string()),
        "row": pa.array(batch.rows, pa.int64()),
    }
    scores = _scores(batch, ensemble, predict)
    indices = np.full(len(errors), -1)
    indices[readable] = np.arange(len(readable))
    rows = pa.array(indices, mask=indices < 0)
    columns |= {name: values.take(rows) for name, values in scores.items()}
    columns["error"] = pa.array(errors, pa.string())
    return pa.table(columns)


def _scores(batch: Batch, ensemble: ScoringEnsemble, predict: Predict) -> dict[str, Any]:
    """The columns of the readable images, as `pyarrow.Array`s."""
    import pyarrow as pa

    images = ensemble.images.stack([x for x in batch.images if not isinstance(x, Unreadable)])
    n_members, n_classes = len(ensemble.members), len(ensemble.class_names)
    members = predict(images) if len(images) else np.empty((n_members, 0, n_classes))
    proba = ensemble.pool.predict_proba(members)
    members = mean_over_folds(members)
    columns = {"label": _names(proba.argmax(axis=1), ensemble.class_names)}
    statistics = image_statistics(images) | prediction_statistics(proba, members)
    columns["confidence"] = pa.array(statistics.pop("confidence"), pa.float64())
    if ensemble.pool.prediction_sets is not None:
        sets = ensemble.pool.prediction_sets.names(proba, ensemble.class_names)
        columns["prediction_set"] = pa.array(sets, pa.list_(pa.string()))
    for k, name in enumerate(ensemble.class_names):
        columns[f"proba_{name}"] = pa.array(proba[:, k].astype(np.float32))
    for name, each in zip(ensemble.members, members, strict=True):
        columns[f"label_{name}"] = _names(each.argmax(axis=1), ensemble.class_names)
    return columns | {name: pa.array(values) for name, values in statistics.items()}


def _names(classes: NDArray[np.intp], class_names: tuple[str, ...]) -> Any:
    import pyarrow as pa

    return pa.array([class_names[k] for k in classes.tolist()], pa.string())

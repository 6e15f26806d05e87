"""How MLflow's UI shows an experiment: what it says of it, and the columns of its table."""

import json

from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

VIEW = "ripieno"
"""Names the view in an address: `?viewStateShareKey=ripieno`."""
VIEW_TAG = f"mlflow.sharedViewState.{VIEW}"
"""Tag of an experiment that holds the view; MLflow's UI writes such a one for *Share*."""
METRICS = ("test_accuracy", "test_log_loss", "validation_log_loss", "weight", "train_seconds")
"""The columns, from the left, of the ensembles' and the members' runs."""


def experiment_tags(name: str) -> dict[str, str]:
    """The description of an experiment, and its table with a column a metric, newest run first."""
    columns = [f"metrics.`{metric}`" for metric in METRICS]
    view = {
        "selectedColumns": columns,
        "columnOrder": columns,
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
    }
    return {
        MLFLOW_RUN_NOTE: (  # an experiment's is called the same
            f"Ensembles of image classifiers on **{name}**, by ripieno. A run is one training of an"
            " ensemble; below it lie one run a member and one named `ensemble`, all with the same"
            " metric names. Other runs are searches for hyperparameters, batches that were scored,"
            " and decisions on who becomes champion: the tag `ripieno.kind` tells them apart."
        ),
        VIEW_TAG: json.dumps(view),
    }

"""Load, split, normalise, check, and write what the members and the final task will read."""

import logging
import time

from prefect import task
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.data.hygiene import duplicates_across_splits
from ripieno.data.normalisation import AXES, fit_normaliser
from ripieno.data.sources import SOURCES
from ripieno.data.splits import Splits, split_dataset
from ripieno.data.storage import fingerprint, write_splits
from ripieno.models import MODELS
from ripieno.runtime.store import Store
from tasks.failures import mistakes_as_states
from tasks.records import PreparedData, SealedTest, TrainingData

logger = logging.getLogger("ripieno.data")


@task(task_run_name="prepare-data", cache_policy=NO_CACHE)
@mistakes_as_states
def prepare_data(configuration: Configuration) -> PreparedData:
    """Read the source, split it, fit the normaliser and seal the test split.

    Raises:
        DataError: If the data cannot be read or trained on.
        ConfigurationError: If a member does not fit the data.
    """
    started = time.perf_counter()
    splits = load_splits(configuration)
    image_shape = splits.train.images.shape[1:]
    for name, member in configuration.members.items():
        architecture = MODELS[member.architecture]
        architecture.check(image_shape, len(splits.class_names), **member.settings)
        logger.debug("%s fits images of shape %s", name, image_shape)
    normaliser = fit_normaliser(splits.train.images, AXES[configuration.normalisation.per])

    recipe = {
        "dataset": configuration.dataset.model_dump(mode="json", exclude={"hint"}),
        "split": configuration.split.model_dump(mode="json"),
        "normalisation": configuration.normalisation.model_dump(mode="json"),
    }
    key = fingerprint(splits, recipe)
    store = Store(configuration.workspace / "store")
    directory, sealed = store.find("data", key), store.find("sealed", key)
    reused = directory is not None and sealed is not None
    if not reused:
        with store.write("data", key, recipe) as data, store.write("sealed", key, recipe) as test:
            write_splits(splits, normaliser, data, test)
    return PreparedData(
        training=TrainingData(
            directory=store.path("data", key),
            fingerprint=key,
            image_shape=image_shape,
            class_names=splits.class_names,
            n_train=len(splits.train.labels),
            n_validation=len(splits.validation.labels),
        ),
        sealed=SealedTest(store.path("sealed", key), len(splits.test.labels)),
        duplicates=duplicates_across_splits(splits),
        findings=splits.findings,
        n_constant_features=normaliser.n_constant,
        reused=reused,
        seconds=time.perf_counter() - started,
    )


def load_splits(configuration: Configuration) -> Splits:
    """The three splits that the configuration describes, in memory."""
    dataset = SOURCES[configuration.dataset.source](**configuration.dataset.settings)
    return split_dataset(dataset, **dict(configuration.split))

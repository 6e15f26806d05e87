"""Load, split, normalise, check, and write what the members and the final task will read."""

import time

from prefect import task
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.data.hygiene import check_hygiene
from ripieno.data.normalisation import AXES, fit_normaliser
from ripieno.data.pixel_range import PixelRange
from ripieno.data.sources import SOURCES
from ripieno.data.splits import Splits, split_dataset
from ripieno.data.storage import fingerprint, write_splits
from ripieno.errors import ConfigurationError
from ripieno.models import MODELS
from ripieno.runtime.store import Store
from ripieno.training.class_weights import check_class_weights
from tasks.failures import mistakes_as_states
from tasks.records import PreparedData, SealedTest, TrainingData


@task(task_run_name="prepare-data", cache_policy=NO_CACHE)
@mistakes_as_states
def prepare_data(configuration: Configuration) -> PreparedData:
    """Read the source, split it, fit the normaliser and seal the test split.

    Raises:
        DataError: If the data cannot be read or trained on.
        ConfigurationError: If a member does not fit the data.
    """
    started = time.perf_counter()
    splits, hygiene = check_hygiene(load_splits(configuration), **dict(configuration.hygiene))
    check_members(configuration, splits)
    normaliser = fit_normaliser(splits.train.images, AXES[configuration.normalisation.per])

    # Not where the data lay: equal bytes elsewhere are the same data.
    recipe = {
        "split": configuration.split.model_dump(mode="json"),
        "normalisation": configuration.normalisation.model_dump(mode="json"),
    }
    key = fingerprint(splits, recipe)
    store = Store(configuration.workspace.store)
    directory, sealed = store.find("data", key), store.find("sealed", key)
    reused = directory is not None and sealed is not None
    if not reused:
        with store.write("data", key, recipe) as data, store.write("sealed", key, recipe) as test:
            write_splits(splits, normaliser, data, test)
    return PreparedData(
        training=TrainingData(
            directory=store.path("data", key),
            fingerprint=key,
            image_shape=splits.train.images.shape[1:],
            class_names=splits.class_names,
            n_train=len(splits.train.labels),
            n_validation=len(splits.validation.labels),
            pixels=PixelRange.of(splits.train.images),
        ),
        sealed=SealedTest(store.path("sealed", key), len(splits.test.labels)),
        hygiene=hygiene,
        findings=splits.findings + hygiene.findings,
        n_constant_features=normaliser.n_constant,
        reused=reused,
        seconds=time.perf_counter() - started,
    )


def check_members(configuration: Configuration, splits: Splits) -> None:
    """Refuse members that these images, or these classes, do not allow.

    Raises:
        ConfigurationError: With the member's name before what is wrong.
    """
    image_shape, class_names = splits.train.images.shape[1:], splits.class_names
    for name, member in configuration.members.items():
        settings = member.settings
        try:
            MODELS[member.architecture].check(image_shape, len(class_names), **settings)
            check_class_weights(settings.get("class_weights"), class_names)
        except ConfigurationError as error:
            raise ConfigurationError(f"members.{name}.{error}") from error


def load_splits(configuration: Configuration) -> Splits:
    """The three splits that the configuration describes, in memory."""
    dataset = SOURCES[configuration.dataset.source](**configuration.dataset.settings)
    return split_dataset(dataset, **dict(configuration.split))

"""Load, split, normalise, check, and write what the members and the final task will read."""

import time
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from prefect import task
from prefect.cache_policies import NO_CACHE

from conf.schema import Configuration
from ripieno.data.folds import (
    choose_folds,
    describe_groups,
    duplicate_groups,
    stratified_group_folds,
)
from ripieno.data.hygiene import check_hygiene
from ripieno.data.normalisation import AXES, fit_normaliser
from ripieno.data.pixel_range import PixelRange
from ripieno.data.sources import SOURCES
from ripieno.data.splits import Splits, split_dataset
from ripieno.data.storage import (
    fingerprint,
    open_development,
    read_folds,
    read_groups,
    write_folds,
    write_names,
    write_splits,
)
from ripieno.errors import ConfigurationError, DataError
from ripieno.models import MODELS
from ripieno.runtime.store import Store, key_of
from ripieno.training.class_weights import check_class_weights
from ripieno.types import IntArray
from tasks.failures import mistakes_as_states
from tasks.records import FoldedData, PreparedData, SealedTest, TrainingData
from tasks.training import member_cost


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
        "split": configuration.split.drawing,
        "normalisation": configuration.normalisation.model_dump(mode="json"),
    }
    key = fingerprint(splits, recipe)
    store = Store(configuration.workspace.store)
    directory, sealed = store.find("data", key), store.find("sealed", key)
    reused = directory is not None and sealed is not None
    if not reused:
        with store.write("data", key, recipe) as data, store.write("sealed", key, recipe) as test:
            write_splits(splits, normaliser, data, test)
    training = TrainingData(
        directory=store.path("data", key),
        names=store_names(splits, key, store),
        fingerprint=key,
        image_shape=splits.train.images.shape[1:],
        class_names=splits.class_names,
        n_train=len(splits.train.labels),
        n_validation=len(splits.validation.labels),
        pixels=PixelRange.of(splits.train.images),
    )
    training, decision = with_folds(configuration, training)
    return PreparedData(
        training=training,
        sealed=SealedTest(store.path("sealed", key), len(splits.test.labels)),
        hygiene=hygiene,
        findings=splits.findings + hygiene.findings + decision,
        n_constant_features=normaliser.n_constant,
        reused=reused,
        seconds=time.perf_counter() - started,
    )


def store_names(splits: Splits, key: str, store: Store) -> Path:
    """Where the names of the images are: beside the data, which are the same by whatever names."""
    names = (splits.train.names, splits.validation.names)
    inputs: dict[str, object] = {"data": key, "names": key_of({"names": names})}
    entry = key_of(inputs)
    if store.find("names", entry) is None:
        with store.write("names", entry, inputs) as directory:
            write_names(splits, directory)
    return store.path("names", entry)


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
    return split_dataset(dataset, **configuration.split.drawing)


def with_folds(
    configuration: Configuration, data: TrainingData
) -> tuple[TrainingData, tuple[str, ...]]:
    """The data with the folds that the configuration asks for, and what to know about them.

    Raises:
        DataError: If a class is too small for them; `auto` does without folds then.
    """
    asked, seed = configuration.split.folds, configuration.split.drawing["seed"]
    cost = sum(member_cost(configuration, name, data) for name in configuration.members)
    n_folds, decision = choose_folds(asked, data.n_validation, cost)
    findings = () if decision is None else (decision,)
    if n_folds == 0:
        return data, findings
    near_identical = dict(configuration.hygiene)["near_identical"]
    inputs: dict[str, object] = {
        "data": data.fingerprint,
        "folds": n_folds,
        "seed": seed,
        "near_identical": near_identical,
    }
    store, key = Store(configuration.workspace.store), key_of(inputs)
    if store.find("folds", key) is None:
        try:
            folds, groups = draw_folds(data, n_folds, seed, near_identical=near_identical)
        except DataError as error:
            if asked != "auto":
                raise
            return data, (f"split.folds auto: none. {error}",)
        with store.write("folds", key, inputs) as directory:
            write_folds(folds, groups, directory)
    directory = store.path("folds", key)
    digest = sha256(read_folds(directory).tobytes()).hexdigest()
    folded = FoldedData(directory, n_folds, seed, digest, configuration.split.member)
    return replace(data, folds=folded), (*findings, *describe_groups(read_groups(directory)))


def draw_folds(
    data: TrainingData, n_folds: int, seed: int, *, near_identical: bool
) -> tuple[NDArray[np.int64], IntArray]:
    """The fold of each development image, and the groups of those that look alike.

    Raises:
        DataError: If a class is too small for so many folds.
    """
    development = open_development(data.directory)
    groups = duplicate_groups(development.images, near_identical=near_identical)
    labels = development.labels
    return stratified_group_folds(labels, groups, n_folds, seed, data.class_names), groups

"""Arrays of images and labels in one NumPy archive, with or without a test split of its own."""

import re
from pathlib import Path
from typing import Annotated

import numpy as np
from numpy.lib.npyio import NpzFile
from pydantic import Field

from ripieno.data.arrays import to_images
from ripieno.data.dataset import Dataset, LabelledImages, check_dataset, check_lengths
from ripieno.data.labels import encode_labels
from ripieno.data.npz_file import open_npz, read_npz_array
from ripieno.data.paths import AbsolutePath, existing_file, shown
from ripieno.data.settings import ClassNames, Hint
from ripieno.errors import DataError

_SPLITS = {"train": "train", "training": "train"} | {"test": "test", "testing": "test"}
_SPLITS |= dict.fromkeys(("val", "valid", "validation"), "validation")
_KINDS = dict.fromkeys(("image", "images", "x", "data", "pixels"), "images")
_KINDS |= dict.fromkeys(("label", "labels", "y", "target", "targets"), "labels")
_CLASS_NAMES = frozenset({"class_names", "classes", "label_names", "names"})

Role = tuple[str, str]
"""The split (`train`, `validation` or `test`) and the kind (`images` or `labels`) of an array."""
ArrayName = Annotated[
    str | None, Field(description="Name of the array in the archive; found by itself by default.")
]


def load(
    *,
    path: Annotated[
        AbsolutePath,
        Field(
            description="The .npz file; relative to where the command is typed, ~ and $VARS"
            " expanded."
        ),
    ],
    images: ArrayName = None,
    labels: ArrayName = None,
    test_images: ArrayName = None,
    test_labels: ArrayName = None,
    class_names: ClassNames = None,
    hint: Hint = None,
) -> Dataset:
    """Load the arrays of one archive; nothing in it is ever unpickled.

    Arrays are known by the usual names: a kind (`images`, `x`, `data`; `labels`, `y`, `targets`),
    alone or with a split (`train`, `validation`, `test`) before or after it, in any case, as in
    `x_train`, `test_labels` or `X`. Validation arrays join the training arrays, as ripieno draws
    a validation split of its own. An array `class_names` names the classes.

    Args:
        path: The archive.
        images: The training images, of shape (n_samples, height, width[, channels]).
        labels: The training labels, whole numbers or strings of shape (n_samples[, 1]).
        test_images: The test images.
        test_labels: The test labels.
        class_names: Names of the labels 0, 1, 2, ...; goes before the archive's own.
        hint: What the error says when the file is missing: how to get the data.

    Raises:
        DataError: If the file is no archive, corrupt, or holds Python objects; an array is missing
            or could be two; lengths differ; a pixel is NaN or a label outside the classes.
    """
    file = existing_file(path, hint)
    named = {
        ("train", "images"): images,
        ("train", "labels"): labels,
        ("test", "images"): test_images,
        ("test", "labels"): test_labels,
    }
    with open_npz(file) as archive:
        roles = _assign_roles(archive.files, {role: name for role, name in named.items() if name})
        _check_roles(roles, archive.files, file)
        arrays = {role: read_npz_array(archive, name, file) for role, name in roles.items()}
        own_names = class_names or _read_class_names(archive, file)
    splits = list(dict.fromkeys(split for split, _ in roles))
    encoded, names = encode_labels([arrays[split, "labels"] for split in splits], own_names)
    loaded = {
        split: LabelledImages(
            to_images(arrays.pop((split, "images")), roles[split, "images"]), each
        )
        for split, each in zip(splits, encoded, strict=True)
    }
    training, findings = _join_validation(loaded)
    dataset = Dataset(training.images, training.labels, names, loaded.get("test"), findings)
    check_dataset(dataset)
    return dataset


def _assign_roles(names: list[str], given: dict[Role, str]) -> dict[Role, str]:
    """The array of each role, in the order train, validation, test; what is given goes first."""
    found: dict[Role, list[str]] = {role: [name] for role, name in given.items()}
    for name in names:
        role = _role(name)
        if role and role not in given and name not in given.values():
            found.setdefault(role, []).append(name)
    if any(len(found.get(("validation", kind), [])) != 1 for kind in ("images", "labels")):
        found = {role: candidates for role, candidates in found.items() if role[0] != "validation"}
    for (split, kind), candidates in found.items():
        if len(candidates) > 1:
            raise DataError(
                f"The {split} {kind} could be {' or '.join(map(repr, candidates))}."
                f" Say which: dataset.{_setting(split, kind)}: {candidates[0]}."
            )
    order = ["train", "validation", "test"]
    return {role: found[role][0] for role in sorted(found, key=lambda role: order.index(role[0]))}


def _role(name: str) -> Role | None:
    words = re.findall("[a-z]+", name.lower())
    kinds = {_KINDS[word] for word in words if word in _KINDS}
    splits = {_SPLITS[word] for word in words if word in _SPLITS}
    known = all(word in _KINDS or word in _SPLITS for word in words)
    if not known or len(kinds) != 1 or len(splits) > 1:
        return None
    return (splits.pop() if splits else "train", kinds.pop())


def _setting(split: str, kind: str) -> str:
    return kind if split == "train" else f"{split}_{kind}"


def _check_roles(roles: dict[Role, str], names: list[str], file: Path) -> None:
    for split in {"train": None} | {split: None for split, _ in roles}:
        for kind in ("images", "labels"):
            name = roles.get((split, kind))
            if name not in names:
                raise DataError(
                    f"{shown(file)}: expected an array with the {split} {kind}"
                    f"{f' called {name!r}' if name else ''}, received {', '.join(names) or 'none'}."
                    f" Name it with dataset.{_setting(split, kind)}."
                )


def _read_class_names(archive: NpzFile, file: Path) -> tuple[str, ...] | None:
    for name in archive.files:
        if name.lower() in _CLASS_NAMES:
            values = read_npz_array(archive, name, file)
            if values.ndim == 1 and values.dtype.kind in "US":
                return tuple(
                    np.char.decode(values, "utf-8") if values.dtype.kind == "S" else values
                )
    return None


def _join_validation(loaded: dict[str, LabelledImages]) -> tuple[LabelledImages, tuple[str, ...]]:
    train, validation = loaded["train"], loaded.get("validation")
    if validation is None:
        return train, ()
    for split in ("train", "validation"):
        check_lengths(loaded[split].images, loaded[split].labels, split)
    if train.images.shape[1:] != validation.images.shape[1:]:
        raise DataError(
            f"Expected validation images of shape {train.images.shape[1:]} as in training,"
            f" received {validation.images.shape[1:]}. Resize one of the two."
        )
    images = np.concatenate([train.images, validation.images])
    labels = np.concatenate([train.labels, validation.labels])
    finding = (
        f"The source's {len(validation):,} validation images joined its {len(train):,} training"
        " images; the validation split is drawn from all of them."
    )
    return LabelledImages(images, labels), (finding,)

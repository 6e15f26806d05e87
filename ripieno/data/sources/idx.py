"""MNIST-format files, plain or gzipped, from one directory.

Files are known by their names, as MNIST, Fashion-MNIST, KMNIST and EMNIST use them:
`train-images-idx3-ubyte.gz`, `t10k-labels.idx1-ubyte`, `emnist-letters-test-images-idx3-ubyte.gz`.
"""

import re
from pathlib import Path

from ripieno.data.arrays import to_images
from ripieno.data.dataset import Dataset, LabelledImages, check_dataset
from ripieno.data.idx_file import read_idx
from ripieno.data.labels import encode_labels
from ripieno.data.paths import existing_directory, shown
from ripieno.data.settings import ClassNames, Directory, Hint
from ripieno.errors import DataError

_NAME = re.compile(
    r"(?P<prefix>.*-)?(?P<split>train|t10k|test)-(?P<kind>images|labels)[-.]idx\d(-[a-z]+)?(\.gz)?"
)
Role = tuple[str, str]
"""The split (`train` or `test`) and the kind (`images` or `labels`) of a file."""


def load(*, directory: Directory, class_names: ClassNames = None, hint: Hint = None) -> Dataset:
    """Load the training files and, where they are there, the test files.

    Args:
        directory: Where the files lie, and no other data set's.
        class_names: Names of the labels 0, 1, 2, ...; by default the labels that occur.
        hint: What the error says when the directory is missing: how to get the data.

    Returns:
        Images of shape (n_samples, height, width, channels).

    Raises:
        DataError: If a file is missing, truncated, corrupt or longer than its header says, images
            and labels differ in number, or a label is outside the class names.
    """
    folder = existing_directory(directory, hint)
    files = _find_files(folder, hint)
    splits = ["train", "test"] if ("test", "images") in files else ["train"]
    images = [to_images(read_idx(files[split, "images"]), f"{split} images") for split in splits]
    raw_labels = [read_idx(files[split, "labels"]) for split in splits]
    labels, names = encode_labels(raw_labels, class_names)
    test = LabelledImages(images[1], labels[1]) if len(splits) == 2 else None
    dataset = Dataset(images[0], labels[0], names, test)
    check_dataset(dataset)
    return dataset


def _find_files(folder: Path, hint: str | None) -> dict[Role, Path]:
    found: dict[Role, Path] = {}
    for path in sorted(folder.iterdir()):  # a plain file sorts before its gzipped twin
        if match := _NAME.fullmatch(path.name.lower()):
            role = ("train" if match["split"] == "train" else "test", match["kind"])
            known = found.setdefault(role, path)
            if known != path and f"{known.name}.gz" != path.name:
                raise DataError(
                    f"Expected one file with {role[0]} {role[1]} in {shown(folder)}, received"
                    f" {shown(known.name)} and {shown(path.name)}. Keep one data set a directory."
                )
    _check_pairs(folder, found, hint)
    return found


def _check_pairs(folder: Path, found: dict[Role, Path], hint: str | None) -> None:
    has_test = any(split == "test" for split, _ in found)
    for split in ("train", "test") if has_test else ("train",):
        for kind, n_dimensions in (("images", 3), ("labels", 1)):
            if (split, kind) not in found:
                example = f"{split}-{kind}-idx{n_dimensions}-ubyte.gz"
                advice = f" {hint}" if hint and not found else ""
                raise DataError(
                    f"Expected the {split} {kind} in {shown(folder)}, for example as {example};"
                    f" found none.{advice}"
                )

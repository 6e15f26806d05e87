"""An ensemble as a folder that says what it is, vouches for its files, and holds no pickle.

    <bundle>/manifest.json        key, and the SHA-256 of every file
    <bundle>/ensemble.json        classes, images, members, pool
    <bundle>/model_card.md
    <bundle>/members/<name>/      model.keras or model.skops, or a folder with one for each fold

Members of weight 0 are not needed to predict and are left out.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ripieno.data.pixel_range import PixelRange
from ripieno.errors import DataError
from ripieno.models import MODELS
from ripieno.models.keras_member import FILE_NAME as KERAS_FILE
from ripieno.models.model_folders import model_folders
from ripieno.models.pipeline_file import FILE_NAME as SKOPS_FILE
from ripieno.pooling.pool import Pool
from ripieno.runtime.keys import key_of
from ripieno.runtime.manifest import read_manifest, verify, write_manifest
from ripieno.types import ImageShape

KIND = "ensemble"
FACTS, CARD, MEMBERS = "ensemble.json", "model_card.md", "members"


@dataclass(frozen=True)
class BundledMember:
    """A member that the ensemble needs.

    Attributes:
        name: Its name in the configuration.
        architecture: Its entry in `MODELS`.
        directory: The folder of its model file, or of the folders of one a fold.
    """

    name: str
    architecture: str
    directory: Path

    def models(self) -> list["BundledMember"]:
        """Its models as members of their own: itself, or those of the folds."""
        return [replace(self, directory=folder) for folder in model_folders(self.directory)]


@dataclass(frozen=True, eq=False)
class Bundle:
    """An ensemble: its members that have a weight, and how they are combined.

    Attributes:
        members: Of a weight other than 0, in the pool's order.
        pool: Of these members.
        class_names: The name of class k at position k.
        image_shape: Height, width and channels of one image.
        dtype: Of the images.
        pixels: The range of the training pixels; None in a bundle of before it was kept.
    """

    members: tuple[BundledMember, ...]
    pool: Pool
    class_names: tuple[str, ...]
    image_shape: ImageShape
    dtype: np.dtype[Any]
    pixels: PixelRange | None = None

    @classmethod
    def of(
        cls,
        members: Sequence[BundledMember],
        pool: Pool,
        class_names: Sequence[str],
        image_shape: ImageShape,
        dtype: np.dtype[Any],
        pixels: PixelRange | None = None,
    ) -> "Bundle":
        """The ensemble of members and the pool fitted on them, less those of weight 0."""
        needed = np.flatnonzero(pool.weights)
        return cls(
            tuple(members[int(i)] for i in needed),
            pool.restricted(needed),
            tuple(class_names),
            image_shape,
            dtype,
            pixels,
        )

    @property
    def libraries(self) -> tuple[str, ...]:
        """Distributions that its members need."""
        return tuple(
            sorted({lib for m in self.members for lib in MODELS[m.architecture].libraries})
        )

    def to_dict(self) -> dict[str, Any]:
        """The content of `ensemble.json`."""
        return {
            "classes": list(self.class_names),
            "image_shape": list(self.image_shape),
            "dtype": self.dtype.name,
            **({"pixels": self.pixels.to_dict()} if self.pixels else {}),
            "members": [{"name": m.name, "architecture": m.architecture} for m in self.members],
            "pool": self.pool.to_dict(),
        }


def bundle_key(bundle: Bundle, member_keys: Mapping[str, str]) -> str:
    """What tells one ensemble from another: its members' keys in the store, and its pool."""
    keys = {member.name: member_keys[member.name] for member in bundle.members}
    # Less the pixels, which follow from the data that the members' keys stand for: an ensemble that
    # was published before they were kept is this one.
    facts = replace(bundle, pixels=None).to_dict()
    return key_of({"ensemble": facts, "members": keys})


def write_bundle(bundle: Bundle, card: str, key: str, directory: Path) -> None:
    """Copy the members' models into a folder, with all that it takes to predict.

    Args:
        bundle: The ensemble.
        card: Its model card, Markdown.
        key: From `bundle_key`.
        directory: A folder, made where it is missing; without files.
    """
    for member in bundle.members:
        for source in model_folders(member.directory):
            relative = source.relative_to(member.directory)
            folder = directory / MEMBERS / member.name / relative
            folder.mkdir(parents=True)
            for name in (KERAS_FILE, SKOPS_FILE):
                if (source / name).exists():
                    shutil.copyfile(source / name, folder / name)
    (directory / FACTS).write_text(json.dumps(bundle.to_dict(), indent=2) + "\n", encoding="utf-8")
    (directory / CARD).write_text(card, encoding="utf-8")
    write_manifest(directory, KIND, key, {})


def open_bundle(directory: Path) -> Bundle:
    """The ensemble in a folder, once all files have been found as they were written.

    Raises:
        DataError: If a file is missing, added or altered.
    """
    try:
        verify(directory, KIND, read_manifest(directory)["key"])
    except ValueError as problem:
        raise DataError(f"Not loading the ensemble in {directory}: {problem}.") from problem
    facts = json.loads((directory / FACTS).read_text(encoding="utf-8"))
    members = tuple(
        BundledMember(m["name"], m["architecture"], directory / MEMBERS / m["name"])
        for m in facts["members"]
    )
    height, width, channels = facts["image_shape"]
    return Bundle(
        members,
        Pool.from_dict(facts["pool"]),
        tuple(facts["classes"]),
        (height, width, channels),
        np.dtype(facts["dtype"]),
        PixelRange.from_dict(facts["pixels"]) if "pixels" in facts else None,
    )

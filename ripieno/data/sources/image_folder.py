"""A directory of class directories of pictures, optionally with `train/` and `test/` above them."""

import numpy as np

from ripieno.data.class_directories import PictureTree, find_pictures
from ripieno.data.dataset import Dataset, LabelledImages, check_dataset
from ripieno.data.decoding import decode_pictures
from ripieno.data.paths import existing_directory, shown
from ripieno.data.pictures import Picture
from ripieno.data.settings import (
    Background,
    Channels,
    Directory,
    Hint,
    ImageSize,
    MaxUnreadableShare,
)


def load(
    *,
    directory: Directory,
    image_size: ImageSize = None,
    channels: Channels = "auto",
    background: Background = 255,
    max_unreadable_share: MaxUnreadableShare = 0.0,
    hint: Hint = None,
) -> Dataset:
    """Load every PNG, JPEG, WebP and BMP file, known by its suffix, below the class directories.

    The class of a picture is the class directory it lies in, however deep; symbolic links are
    followed. Where the directory holds `train/` and `test/` with class directories in them, these
    are the splits, and pictures below `validation/` (or `val/`) join the training split, as
    ripieno draws a validation split of its own. What is hidden is passed over; other files are
    counted in the findings. `ripieno.data.pictures` says how pictures are converted.

    Args:
        directory: The directory above the class directories, or above `train/` and `test/`.
        image_size: Height and width in pixels, or one number for both, to stretch pictures to.
        channels: `"grey"`, `"rgb"`, or `"auto"`: grey where every file stores grey levels.
        background: Grey level under transparent pixels; 255, white, as on a page.
        max_unreadable_share: Share of unreadable pictures that is only reported.
        hint: What the error says when the directory is missing: how to get the data.

    Returns:
        uint8 images of shape (n_samples, height, width, 1 or 3); classes in the order of their
        directories' names. A class directory without pictures is a class without samples.

    Raises:
        DataError: If there are no class directories or pictures, sizes are mixed without
            `image_size`, or too many pictures cannot be read.
    """
    root = existing_directory(directory, hint)
    tree = find_pictures(root)
    decoded = decode_pictures(
        lambda: (Picture(shown(each.path.relative_to(root)), each.path) for each in tree.files),
        image_size=image_size,
        channels=channels,
        background=background,
        max_unreadable_share=max_unreadable_share,
    )
    index = {name: k for k, name in enumerate(tree.class_names)}
    labels = np.array([index[tree.files[at].class_name] for at in decoded.kept], np.int64)
    n_training = sum(tree.files[at].split != "test" for at in decoded.kept)
    test = LabelledImages(decoded.images[n_training:], labels[n_training:])
    dataset = Dataset(
        decoded.images[:n_training],
        labels[:n_training],
        tree.class_names,
        test if "test" in tree.splits else None,
        decoded.findings + tree.findings + _report_validation(tree),
        decoded.names[:n_training],
    )
    check_dataset(dataset)
    return dataset


def _report_validation(tree: PictureTree) -> tuple[str, ...]:
    n_validation = sum(file.split == "validation" for file in tree.files)
    if "validation" not in tree.splits:
        return ()
    return (
        f"{n_validation:,} pictures of the source's own validation split joined the training"
        " split; the validation split is drawn from all of them.",
    )

"""Where data sets come from: one file a source, each with a `load` of keyword-only settings."""

from collections.abc import Callable

from ripieno.data.dataset import Dataset
from ripieno.data.sources import digits, idx, image_folder, keras, npz, parquet

SOURCES: dict[str, Callable[..., Dataset]] = {
    "digits": digits.load,
    "idx": idx.load,
    "image_folder": image_folder.load,
    "keras": keras.load,
    "npz": npz.load,
    "parquet": parquet.load,
}

import gzip
import struct

import numpy as np
import pytest

from ripieno.data.sources.idx import load
from ripieno.errors import DataError


def write(path, array):
    array = np.asarray(array, np.uint8)
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    content = header + array.tobytes()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_split(folder, split, n, names="{split}-{kind}-idx{n}-ubyte.gz", offset=0):
    images = np.arange(n * 64).reshape(n, 8, 8) % 251
    write(folder / names.format(split=split, kind="images", n=3), images)
    write(folder / names.format(split=split, kind="labels", n=1), np.arange(n) % 2 + offset)


def refusal(folder, **settings):
    with pytest.raises(DataError) as caught:
        load(directory=folder, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("test", ["t10k", "test"])
@pytest.mark.parametrize(
    "names",
    [
        "{split}-{kind}-idx{n}-ubyte.gz",
        "{split}-{kind}.idx{n}-ubyte",
        "emnist-letters-{split}-{kind}-idx{n}-ubyte.gz",
    ],
)
def test_files_are_known_by_their_names(tmp_path, names, test):
    write_split(tmp_path, "train", 6, names)
    write_split(tmp_path, test, 4, names)
    dataset = load(directory=tmp_path)
    assert dataset.images.shape == (6, 8, 8, 1)
    assert dataset.test.images.shape == (4, 8, 8, 1)
    assert dataset.images[1, 0, 0, 0] == 64
    assert dataset.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert dataset.class_names == ("0", "1")


def test_test_files_may_be_missing(tmp_path):
    write_split(tmp_path, "train", 6)
    assert load(directory=tmp_path).test is None


def test_directory_may_be_a_string(tmp_path):
    write_split(tmp_path, "train", 6)
    assert len(load(directory=str(tmp_path)).images) == 6


def test_labels_that_start_at_one_are_numbered_from_zero(tmp_path):
    write_split(tmp_path, "train", 6, offset=1)
    dataset = load(directory=tmp_path)
    assert dataset.labels.tolist() == [0, 1, 0, 1, 0, 1]
    assert dataset.class_names == ("1", "2")


def test_class_names_can_be_given(tmp_path):
    write_split(tmp_path, "train", 6)
    assert load(directory=tmp_path, class_names=("coat", "bag")).class_names == ("coat", "bag")


def test_label_outside_the_class_names_is_refused(tmp_path):
    write_split(tmp_path, "train", 6, offset=1)
    assert "received 2" in refusal(tmp_path, class_names=("coat", "bag"))


def test_plain_file_goes_before_its_gzipped_twin(tmp_path):
    write_split(tmp_path, "train", 6)
    write_split(tmp_path, "train", 8, "{split}-{kind}-idx{n}-ubyte")
    assert len(load(directory=tmp_path).images) == 8


def test_missing_directory_says_how_to_get_the_data(tmp_path):
    assert refusal(tmp_path / "none", hint="Install the package.").endswith("Install the package.")


def test_empty_directory_says_which_file_was_expected_and_how_to_get_it(tmp_path):
    message = refusal(tmp_path, hint="Install the package.")
    assert "train-images-idx3-ubyte.gz" in message
    assert message.endswith("Install the package.")


def test_missing_labels_are_named(tmp_path):
    write_split(tmp_path, "train", 6)
    (tmp_path / "train-labels-idx1-ubyte.gz").unlink()
    assert "train labels" in refusal(tmp_path)


def test_missing_test_labels_are_named(tmp_path):
    write_split(tmp_path, "train", 6)
    write_split(tmp_path, "t10k", 4)
    (tmp_path / "t10k-labels-idx1-ubyte.gz").unlink()
    assert "test labels" in refusal(tmp_path)


def test_two_data_sets_in_one_directory_are_refused(tmp_path):
    write_split(tmp_path, "train", 6, "emnist-letters-{split}-{kind}-idx{n}-ubyte.gz")
    write_split(tmp_path, "train", 6, "emnist-digits-{split}-{kind}-idx{n}-ubyte.gz")
    message = refusal(tmp_path)
    assert "emnist-letters" in message
    assert "emnist-digits" in message


def test_images_and_labels_of_different_numbers_are_refused(tmp_path):
    write_split(tmp_path, "train", 6)
    write(tmp_path / "train-labels-idx1-ubyte.gz", [0, 1, 0])
    assert "6 images but 3 labels" in refusal(tmp_path)


def test_truncated_file_is_named(tmp_path):
    write_split(tmp_path, "train", 6)
    path = tmp_path / "train-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:-12])
    assert "train-images-idx3-ubyte.gz is truncated" in refusal(tmp_path)

import numpy as np
import pytest

from ripieno.data.sources.npz import load
from ripieno.errors import DataError

RNG = np.random.default_rng(0)


def images(n=6, shape=(8, 8), dtype=np.uint8):
    return RNG.integers(0, 256, (n, *shape)).astype(dtype)


LABELS = np.array([0, 1, 0, 1, 0, 1])


@pytest.fixture
def save(tmp_path):
    def write(**arrays):
        np.savez(tmp_path / "data.npz", **arrays)
        return tmp_path / "data.npz"

    return write


def refusal(path, **settings):
    with pytest.raises(DataError) as caught:
        load(path=path, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    ("image_name", "label_name"),
    [
        ("images", "labels"),
        ("x", "y"),
        ("X", "y"),
        ("x_train", "y_train"),
        ("X_train", "Y_train"),
        ("train_images", "train_labels"),
        ("images_train", "targets_train"),
        ("data", "target"),
    ],
)
def test_arrays_are_known_by_the_usual_names(save, image_name, label_name):
    pixels = images()
    dataset = load(path=save(**{image_name: pixels, label_name: LABELS}))
    np.testing.assert_array_equal(dataset.images[..., 0], pixels)
    assert dataset.labels.tolist() == LABELS.tolist()
    assert dataset.test is None


def test_own_test_split_is_kept(save):
    path = save(x_train=images(), y_train=LABELS, x_test=images(2), y_test=np.array([1, 0]))
    dataset = load(path=path)
    assert len(dataset.images) == 6
    assert dataset.test.labels.tolist() == [1, 0]


def test_validation_arrays_join_the_training_arrays(save):
    # The names, column labels and types of MedMNIST.
    arrays = {}
    for split, n in (("train", 6), ("val", 2), ("test", 4)):
        arrays[f"{split}_images"] = images(n, (28, 28, 3))
        arrays[f"{split}_labels"] = (np.arange(n, dtype=np.uint8) % 2).reshape(-1, 1)
    dataset = load(path=save(**arrays))
    assert dataset.images.shape == (8, 28, 28, 3)
    np.testing.assert_array_equal(dataset.images[6:], arrays["val_images"])
    assert dataset.labels.tolist() == [0, 1, 0, 1, 0, 1, 0, 1]
    assert len(dataset.test) == 4
    assert "2 validation images joined its 6 training images" in dataset.findings[0]


def test_arrays_can_be_named(save):
    path = save(pictures=images(), kinds=LABELS, later=images(2), later_kinds=np.array([0, 1]))
    dataset = load(
        path=path,
        images="pictures",
        labels="kinds",
        test_images="later",
        test_labels="later_kinds",
    )
    assert len(dataset.images) == 6
    assert len(dataset.test) == 2


def test_named_array_goes_before_one_that_only_looks_right(save):
    wanted = images()
    path = save(data=images(6, (64,)), images=wanted, target=LABELS)
    np.testing.assert_array_equal(load(path=path, images="images").images[..., 0], wanted)


def test_two_arrays_for_one_role_are_refused_with_the_setting(save):
    message = refusal(save(data=images(), images=images(), target=LABELS))
    assert "'data' or 'images'" in message
    assert "dataset.images" in message


def test_string_labels_name_the_classes(save):
    names = np.array(["dog", "cat", "dog", "cat", "dog", "cat"])
    dataset = load(path=save(images=images(), labels=names))
    assert dataset.class_names == ("cat", "dog")
    assert dataset.labels.tolist() == [1, 0, 1, 0, 1, 0]


@pytest.mark.parametrize("dtype", ["U5", "S5"])
def test_class_names_are_read_from_the_archive(save, dtype):
    path = save(images=images(), labels=LABELS, class_names=np.array(["coat", "bag"], dtype))
    assert load(path=path).class_names == ("coat", "bag")


def test_given_class_names_go_before_those_of_the_archive(save):
    path = save(images=images(), labels=LABELS, class_names=np.array(["coat", "bag"]))
    assert load(path=path, class_names=("a", "b")).class_names == ("a", "b")


def test_other_arrays_are_left_alone(save):
    path = save(images=images(), labels=LABELS, weights=np.ones(3), notes=np.array("hello"))
    assert len(load(path=path).images) == 6


def test_float_images_become_float32(save):
    dataset = load(path=save(images=images(dtype=np.float64) / 255, labels=LABELS))
    assert dataset.images.dtype == np.float32
    assert dataset.images.max() <= 1


def test_compressed_archive_is_read(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", images=images(), labels=LABELS)
    assert len(load(path=tmp_path / "a.npz").images) == 6


def test_not_a_number_is_refused(save):
    pixels = images(dtype=np.float32)
    pixels[3, 2, 2] = np.nan
    assert "NaN" in refusal(save(images=pixels, labels=LABELS))


@pytest.mark.parametrize("name", ["images", "labels"])
def test_python_objects_are_refused_without_being_unpickled(save, name):
    arrays = {"images": images(), "labels": LABELS}
    arrays[name] = np.array([None] * 6, dtype=object)
    message = refusal(save(**arrays))
    assert f"array '{name}' holds Python objects" in message


def test_label_outside_the_class_names_is_refused(save):
    labels = np.array([0, 1, 2, 1, 0, 1])
    path = save(images=images(), labels=labels, class_names=np.array(["coat", "bag"]))
    assert "received 2 at sample 2" in refusal(path)


def test_lengths_that_differ_are_refused(save):
    assert "6 images but 5 labels" in refusal(save(images=images(), labels=LABELS[:5]))


def test_lengths_that_differ_in_validation_are_refused(save):
    path = save(
        train_images=images(6), train_labels=LABELS[:5], val_images=images(5), val_labels=LABELS
    )
    assert "train split has 6 images but 5 labels" in refusal(path)


def test_validation_images_of_another_shape_are_refused(save):
    path = save(images=images(), labels=LABELS, val_images=images(6, (9, 9)), val_labels=LABELS)
    assert "(9, 9, 1)" in refusal(path)


def test_missing_array_is_named_with_what_is_there_and_the_setting(save):
    message = refusal(save(pictures=images(), labels=LABELS))
    assert "pictures, labels" in message
    assert "dataset.images" in message


def test_array_that_was_named_but_is_not_there_is_named(save):
    assert "'photos'" in refusal(save(images=images(), labels=LABELS), images="photos")


def test_test_images_without_labels_are_refused(save):
    message = refusal(save(images=images(), labels=LABELS, test_images=images()))
    assert "dataset.test_labels" in message


def test_one_class_only_is_refused(save):
    assert "all of class '3'" in refusal(save(images=images(), labels=np.full(6, 3)))


def test_no_samples_are_refused(save):
    message = refusal(save(images=images(0), labels=np.zeros(0, np.int64)))
    assert "holds no images" in message


def test_missing_file_says_the_hint(tmp_path):
    assert "Ask Ada." in refusal(tmp_path / "none.npz", hint="Ask Ada.")


@pytest.mark.parametrize("n_kept", [0, 100, -30])
def test_truncated_archive_is_refused(save, n_kept):
    path = save(images=images(), labels=LABELS)
    path.write_bytes(path.read_bytes()[:n_kept])
    assert "data.npz" in refusal(path)


def test_corrupt_archive_is_refused(save):
    path = save(images=images(), labels=LABELS)
    content = bytearray(path.read_bytes())
    content[300] ^= 0xFF  # a pixel: the archive's checksum tells
    path.write_bytes(content)
    assert "corrupt" in refusal(path)


def test_single_array_file_is_refused(tmp_path):
    np.save(tmp_path / "data.npz.npy", images())
    assert "no NumPy archive" in refusal(tmp_path / "data.npz.npy")

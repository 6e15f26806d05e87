import os

import pytest

from ripieno.data.class_directories import find_pictures
from ripieno.errors import DataError


def make(root, *files):
    """Empty files: nothing is opened here. A name that ends in a slash is a directory."""
    for file in files:
        path = root / file
        if file.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()


def found(root):
    return [
        (file.split, file.class_name, str(file.path.relative_to(root)))
        for file in find_pictures(root).files
    ]


def test_class_is_the_directory(tmp_path):
    make(tmp_path, "dog/1.png", "cat/2.jpg", "cat/1.JPEG", "cat/3.webp", "cat/4.bmp")
    assert found(tmp_path) == [
        ("train", "cat", "cat/1.JPEG"),
        ("train", "cat", "cat/2.jpg"),
        ("train", "cat", "cat/3.webp"),
        ("train", "cat", "cat/4.bmp"),
        ("train", "dog", "dog/1.png"),
    ]


def test_class_is_the_topmost_directory(tmp_path):
    make(tmp_path, "cat/white/old/1.png", "cat/white/empty/", "dog/1.png")
    assert found(tmp_path) == [
        ("train", "cat", "cat/white/old/1.png"),
        ("train", "dog", "dog/1.png"),
    ]


def test_hidden_files_and_directories_are_passed_over(tmp_path):
    make(tmp_path, "cat/1.png", "cat/._1.png", ".git/x.png", "cat/.x/1.png", "__MACOSX/cat/1.png")
    tree = find_pictures(tmp_path)
    assert found(tmp_path) == [("train", "cat", "cat/1.png")]
    assert tree.class_names == ("cat",)
    assert tree.findings == ()


def test_other_files_are_counted_in_one_finding(tmp_path):
    make(tmp_path, "cat/1.png", "cat/a.txt", "cat/b.TXT", "cat/README", "loose.png", "notes.txt")
    (finding,) = find_pictures(tmp_path).findings
    assert finding == (
        "Passed over: .txt files (2), other files (1), pictures outside any class directory (1)."
    )


def test_directory_without_pictures_is_a_class_without_samples(tmp_path):
    make(tmp_path, "cat/1.png", "dog/1.png", "owl/")
    assert find_pictures(tmp_path).class_names == ("cat", "dog", "owl")


def test_train_and_test_are_splits(tmp_path):
    make(tmp_path, "train/cat/1.png", "train/dog/1.png", "test/cat/2.png", "test/owl/1.png")
    tree = find_pictures(tmp_path)
    assert tree.splits == ("train", "test")
    assert tree.class_names == ("cat", "dog", "owl")
    assert found(tmp_path) == [
        ("train", "cat", "train/cat/1.png"),
        ("train", "dog", "train/dog/1.png"),
        ("test", "cat", "test/cat/2.png"),
        ("test", "owl", "test/owl/1.png"),
    ]


@pytest.mark.parametrize("names", [("Train", "TEST"), ("training", "testing")])
def test_splits_are_known_by_other_spellings(tmp_path, names):
    make(tmp_path, *(f"{name}/cat/1.png" for name in names))
    assert find_pictures(tmp_path).splits == ("train", "test")


def test_validation_stands_between_train_and_test(tmp_path):
    make(tmp_path, "val/cat/1.png", "train/cat/1.png", "test/cat/1.png")
    assert [split for split, _, _ in found(tmp_path)] == ["train", "validation", "test"]


def test_train_alone_is_a_split(tmp_path):
    make(tmp_path, "train/cat/1.png", "train/dog/1.png")
    tree = find_pictures(tmp_path)
    assert tree.splits == ("train",)
    assert tree.class_names == ("cat", "dog")


def test_class_may_be_called_train(tmp_path):
    make(tmp_path, "train/express/1.png", "bus/1.png")
    tree = find_pictures(tmp_path)
    assert tree.class_names == ("bus", "train")
    assert len(tree.files) == 2


def test_classes_may_be_called_train_and_test(tmp_path):
    make(tmp_path, "train/1.png", "test/1.png")
    assert find_pictures(tmp_path).class_names == ("test", "train")


def test_directories_beside_both_splits_are_passed_over(tmp_path):
    make(tmp_path, "train/cat/1.png", "test/cat/1.png", "raw/x/1.png")
    tree = find_pictures(tmp_path)
    assert tree.class_names == ("cat",)
    assert "directories beside the splits (1)" in tree.findings[0]


def test_unlabelled_test_pictures_are_passed_over(tmp_path):
    make(tmp_path, "train/cat/1.png", "train/dog/1.png", "test/1.png", "test/2.png")
    tree = find_pictures(tmp_path)
    assert tree.splits == ("train",)
    assert "pictures outside any class directory (2)" in tree.findings[0]


def test_test_without_train_is_refused(tmp_path):
    make(tmp_path, "test/cat/1.png")
    with pytest.raises(DataError, match="no train/ beside it"):
        find_pictures(tmp_path)


def test_links_are_followed(tmp_path):
    make(tmp_path, "store/a/1.png", "store/2.png", "data/dog/1.png")
    (tmp_path / "data/cat").symlink_to(tmp_path / "store/a")
    (tmp_path / "data/dog/2.png").symlink_to(tmp_path / "store/2.png")
    assert found(tmp_path / "data") == [
        ("train", "cat", "cat/1.png"),
        ("train", "dog", "dog/1.png"),
        ("train", "dog", "dog/2.png"),
    ]


def test_link_back_up_the_tree_ends(tmp_path):
    make(tmp_path, "cat/1.png", "dog/1.png")
    (tmp_path / "cat/again").symlink_to(tmp_path / "cat")
    (tmp_path / "dog/again").symlink_to(tmp_path / "dog")
    assert len(found(tmp_path)) == 2


def test_broken_link_stays_to_be_reported_as_unreadable(tmp_path):
    make(tmp_path, "cat/1.png")
    (tmp_path / "cat/2.png").symlink_to(tmp_path / "gone.png")
    assert len(found(tmp_path)) == 2


def test_empty_directory_is_refused(tmp_path):
    with pytest.raises(DataError, match="Expected a directory of pictures for each class"):
        find_pictures(tmp_path)


def test_pictures_without_class_directories_are_counted(tmp_path):
    make(tmp_path, "1.png", "2.png")
    with pytest.raises(DataError, match="2 pictures directly in it"):
        find_pictures(tmp_path)


def test_names_that_are_no_utf8_can_be_printed(tmp_path):
    make(tmp_path, "cat/1.png")
    os.mkdir(os.fsencode(tmp_path) + b"/caf\xe9")  # noqa: PTH102 - pathlib takes no bytes
    for name in find_pictures(tmp_path).class_names:
        name.encode()

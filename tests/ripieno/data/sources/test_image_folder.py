import numpy as np
import pytest
from PIL import Image

from ripieno.data.sources.image_folder import load
from ripieno.errors import DataError


def save(path, mode="L", colour=0, size=(8, 8), **options):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new(mode, size, colour).save(path, **options)


@pytest.fixture
def folder(tmp_path):
    for k in range(3):
        save(tmp_path / f"cat/{k}.png", colour=10 + k)
        save(tmp_path / f"dog/{k}.png", colour=20 + k)
    return tmp_path


def refusal(folder, **settings):
    with pytest.raises(DataError) as caught:
        load(directory=folder, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_directories_are_classes(folder):
    dataset = load(directory=folder)
    assert dataset.class_names == ("cat", "dog")
    assert dataset.labels.tolist() == [0, 0, 0, 1, 1, 1]
    assert dataset.images[:, 0, 0, 0].tolist() == [10, 11, 12, 20, 21, 22]
    assert dataset.images.shape == (6, 8, 8, 1)
    assert dataset.images.dtype == np.uint8
    assert dataset.test is None
    assert dataset.findings == ()


def test_every_kind_of_picture_can_be_mixed(folder):
    save(folder / "dog/alpha.png", "LA", (0, 0))
    save(folder / "dog/colour.jpg", "RGB", (250, 250, 250))
    save(folder / "dog/clear.png", "RGBA", (9, 9, 9, 0))
    save(folder / "dog/palette.png", "P", 0)
    save(folder / "dog/print.jpeg", "CMYK", (0, 0, 0, 0))
    save(folder / "dog/web.webp", "RGB", (1, 2, 3), lossless=True)
    save(folder / "dog/old.bmp", "RGB", (4, 5, 6))
    save(folder / "dog/deep.png", "I;16", 0x8000)
    dataset = load(directory=folder)
    assert dataset.images.shape == (14, 8, 8, 3)
    assert dataset.labels.tolist() == [0] * 3 + [1] * 11


def test_own_test_split_is_kept(tmp_path):
    for split, n in (("train", 4), ("test", 2)):
        for name in ("cat", "dog"):
            for k in range(n):
                save(tmp_path / split / name / f"{k}.png", colour=n)
    dataset = load(directory=tmp_path)
    assert len(dataset.images) == 8
    assert dataset.test.labels.tolist() == [0, 0, 1, 1]
    assert (dataset.test.images == 2).all()


def test_validation_split_joins_the_training_split(tmp_path):
    for split in ("train", "val", "test"):
        for name in ("cat", "dog"):
            save(tmp_path / split / name / "1.png")
    dataset = load(directory=tmp_path)
    assert len(dataset.images) == 4
    assert len(dataset.test) == 2
    assert "2 pictures of the source's own validation split" in dataset.findings[-1]


def test_class_that_is_only_in_the_test_split_is_a_class(tmp_path):
    for path in ("train/cat/1.png", "train/dog/1.png", "test/owl/1.png", "test/cat/1.png"):
        save(tmp_path / path)
    dataset = load(directory=tmp_path)
    assert dataset.class_names == ("cat", "dog", "owl")
    assert dataset.test.labels.tolist() == [0, 2]


def test_unreadable_pictures_of_all_splits_are_in_one_error(tmp_path):
    for path in ("train/cat/1.png", "train/dog/1.png", "test/cat/1.png"):
        save(tmp_path / path)
    (tmp_path / "train/cat/bad.png").write_bytes(b"bad")
    (tmp_path / "test/cat/worse.jpg").touch()
    (tmp_path / "test/cat/gone.png").symlink_to(tmp_path / "nowhere.png")
    message = refusal(tmp_path)
    assert "3 of 6" in message
    assert "train/cat/bad.png (no PNG" in message
    assert "test/cat/worse.jpg (empty file)" in message
    assert "test/cat/gone.png (No such file" in message


def test_tolerated_pictures_are_left_out_of_both_splits(tmp_path):
    for path in ("train/cat/1.png", "train/dog/1.png", "test/cat/1.png", "test/dog/1.png"):
        save(tmp_path / path)
    (tmp_path / "train/cat/0.png").write_bytes(b"bad")
    (tmp_path / "test/cat/0.png").write_bytes(b"bad")
    dataset = load(directory=tmp_path, max_unreadable_share=0.4)
    assert dataset.labels.tolist() == [0, 1]
    assert dataset.test.labels.tolist() == [0, 1]
    assert "test/cat/0.png" in dataset.findings[0]


def test_mixed_sizes_need_an_image_size(folder):
    save(folder / "dog/wide.png", size=(20, 10))
    message = refusal(folder)
    assert "8x8 (6)" in message
    assert "10x20 (1)" in message
    assert "dataset.image_size" in message
    assert load(directory=folder, image_size=(12, 9)).images.shape == (7, 12, 9, 1)


def test_photograph_on_its_side_is_of_the_size_of_the_others(folder):
    exif = Image.Exif()
    exif[0x0112] = 6
    for k in range(2):
        save(folder / f"owl/{k}.jpg", size=(40, 20))
        save(folder / f"emu/{k}.jpg", size=(20, 40), exif=exif)
    for name in ("cat", "dog"):
        for path in (folder / name).iterdir():
            path.unlink()
    assert load(directory=folder).images.shape == (4, 20, 40, 1)


def test_test_pictures_have_a_say_in_colour_and_size(tmp_path):
    for path in ("train/cat/1.png", "train/dog/1.png"):
        save(tmp_path / path)
    save(tmp_path / "test/cat/1.png", "RGB", (1, 2, 3))
    assert load(directory=tmp_path).images.shape == (2, 8, 8, 3)


def test_one_class_only_is_refused(tmp_path):
    save(tmp_path / "cat/1.png")
    assert "all of class 'cat'" in refusal(tmp_path)


def test_folder_without_a_picture_is_refused(tmp_path):
    (tmp_path / "cat").mkdir()
    (tmp_path / "dog").mkdir()
    assert "received none" in refusal(tmp_path)


def test_missing_folder_says_the_hint(tmp_path):
    assert "Ask Ada." in refusal(tmp_path / "none", hint="Ask Ada.")


def test_home_and_variables_are_expanded(folder, monkeypatch):
    monkeypatch.setenv("PICTURES", str(folder))
    assert len(load(directory="$PICTURES").images) == 6


def test_images_are_called_by_their_paths_less_those_left_out(tmp_path):
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            save(tmp_path / f"{split}/{name}/a.png")
            save(tmp_path / f"{split}/{name}/c.png")
    (tmp_path / "train/cat/b.png").write_bytes(b"")
    (tmp_path / "train/dog/0.png").write_bytes((tmp_path / "train/dog/a.png").read_bytes()[:45])
    dataset = load(directory=tmp_path, max_unreadable_share=0.5)
    assert dataset.names == (
        "train/cat/a.png", "train/cat/c.png", "train/dog/a.png", "train/dog/c.png",
    )  # fmt: skip

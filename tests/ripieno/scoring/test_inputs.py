import gzip
import io
import os
import struct

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from PIL import Image

from ripieno.data.pixel_range import PixelRange
from ripieno.data.unreadable import Unreadable
from ripieno.errors import DataError
from ripieno.scoring.images import ImageSettings
from ripieno.scoring.inputs import INPUTS, open_input

SETTINGS = ImageSettings((4, 5, 1), "uint8")
N = 7
IMAGES = np.random.default_rng(0).integers(0, 256, (N, 4, 5), dtype=np.uint8)


def png(image):
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return buffer.getvalue()


def folder(directory):
    for i, image in enumerate(IMAGES):
        path = directory / "pictures" / f"{i % 2}" / f"{i // 2}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(png(image))
    return directory / "pictures", [0, 2, 4, 6, 1, 3, 5]


def idx(directory):
    path = directory / "images"
    path.write_bytes(struct.pack(">BBBB3I", 0, 0, 8, 3, *IMAGES.shape) + IMAGES.tobytes())
    return path, range(N)


def gzipped_idx(directory):
    path, order = idx(directory)
    packed = directory / "images.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    return packed, order


def npz(directory):
    np.savez_compressed(directory / "images.npz", images=IMAGES, labels=np.arange(N))
    return directory / "images.npz", range(N)


def parquet(directory):
    path = directory / "rows"
    path.mkdir()
    for name, part in (("a", IMAGES[:3]), ("b", IMAGES[3:])):
        table = pa.table({"image": [png(image) for image in part]})
        pq.write_table(table, path / f"{name}.parquet")
    return path, range(N)


KINDS = [folder, idx, gzipped_idx, npz, parquet]


def read(found, first, size):
    return [image for batch in found.read(first, size) for image in batch.images]


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("first", [0, 2, 4])
def test_images_come_in_order_from_any_image_on(make, first, tmp_path):
    path, order = make(tmp_path)
    found = open_input(path, SETTINGS)
    assert found.n_images == N
    expected = IMAGES[list(order)][first:, ..., np.newaxis]
    np.testing.assert_array_equal(np.stack(read(found, first, 2)), expected)


@pytest.mark.parametrize("make", KINDS)
def test_batches_have_the_size_asked_for(make, tmp_path):
    found = open_input(make(tmp_path)[0], SETTINGS)
    assert [len(batch.images) for batch in found.read(0, 3)] == [3, 3, 1]


@pytest.mark.parametrize("make", KINDS)
def test_every_image_has_a_name_of_its_own(make, tmp_path):
    found = open_input(make(tmp_path)[0], SETTINGS)
    batches = list(found.read(0, 4))
    names = [pair for b in batches for pair in zip(b.sources, b.rows, strict=True)]
    assert len(set(names)) == N


def test_every_kind_is_tried_above(tmp_path):
    kinds = {open_input(make(tmp_path)[0], SETTINGS).kind for make in (folder, idx, npz, parquet)}
    assert kinds == set(INPUTS)


def test_one_picture_is_an_input(tmp_path):
    path, _ = folder(tmp_path)
    found = open_input(path / "0" / "1.png", SETTINGS)
    (batch,) = found.read(0, 10)
    assert batch.sources == ["1.png"]


def test_a_pattern_finds_parquet_files(tmp_path):
    path, _ = parquet(tmp_path)
    assert open_input(path / "b*.parquet", SETTINGS).n_images == 4


def test_what_a_folder_holds_besides_is_told(tmp_path):
    path, _ = folder(tmp_path)
    (path / "notes.txt").write_text("")
    assert open_input(path, SETTINGS).findings == ("Passed over: .txt files (1).",)


def test_an_unreadable_picture_keeps_its_place(tmp_path):
    path, _ = folder(tmp_path)
    (path / "0" / "1.png").write_bytes(b"\x89PNG")
    images = read(open_input(path, SETTINGS), 0, 100)
    assert [isinstance(image, Unreadable) for image in images] == [False, True] + [False] * 5


@pytest.mark.parametrize("make", KINDS)
def test_an_input_that_changes_is_another_one(make, tmp_path):
    path, _ = make(tmp_path)
    before = open_input(path, SETTINGS).identity
    assert open_input(path, SETTINGS).identity == before
    file = path if path.is_file() else next(each for each in path.rglob("*.p*") if each.is_file())
    os.utime(file, ns=(1, 1))
    assert open_input(path, SETTINGS).identity != before


def test_an_archive_of_several_arrays_of_images_wants_a_name(tmp_path):
    path = tmp_path / "two.npz"
    np.savez(path, a=IMAGES, b=IMAGES[:2])
    with pytest.raises(DataError, match=r"found a, b .* Name it with --column"):
        open_input(path, SETTINGS)
    assert open_input(path, SETTINGS, "b").n_images == 2


@pytest.mark.parametrize("make", [idx, gzipped_idx, npz])
def test_a_truncated_file_is_found_out_before_anything_is_scored(make, tmp_path):
    path, _ = make(tmp_path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(DataError, match=r"truncated|corrupt") as caught:
        open_input(path, SETTINGS)
    assert "\n" not in str(caught.value)


def test_an_empty_folder_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(DataError, match=r"found none\. Passed over: \.txt files \(1\)"):
        open_input(tmp_path, SETTINGS)


def test_another_kind_of_file_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(DataError, match="holds no images that can be scored"):
        open_input(tmp_path / "notes.txt", SETTINGS)


def test_a_missing_path_is_refused(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        open_input(tmp_path / "nothing", SETTINGS)


def test_a_file_without_rows_is_refused(tmp_path):
    np.savez(tmp_path / "none.npz", images=IMAGES[:0])
    with pytest.raises(DataError, match="received none"):
        open_input(tmp_path / "none.npz", SETTINGS)


@pytest.mark.parametrize("make", KINDS)
def test_an_input_of_another_scale_is_refused_whatever_its_kind(make, tmp_path):
    path, _ = make(tmp_path)
    trained = ImageSettings((4, 5, 1), "uint8", pixels=PixelRange(0, 16, whole=True))
    with pytest.raises(DataError, match="from 0 to 16, received whole numbers from "):
        open_input(path, trained)


@pytest.mark.parametrize(
    ("trained", "given", "words"),
    [
        (PixelRange(0, 1, whole=False), IMAGES, "fractions from 0 to 1, received whole numbers"),
        (PixelRange(0, 255, whole=True), IMAGES / 255, "received fractions from 0.* look normalis"),
    ],
)
def test_an_array_of_floats_of_another_scale_is_refused(trained, given, words, tmp_path):
    np.savez(tmp_path / "images.npz", images=given)
    with pytest.raises(DataError, match=words):
        open_input(tmp_path / "images.npz", ImageSettings((4, 5, 1), "float32", pixels=trained))


def test_one_image_of_another_scale_among_others_does_not_stop_the_rest(tmp_path):
    images = np.minimum(IMAGES, 16)
    images[2] = 255
    np.savez(tmp_path / "images.npz", images=images)
    trained = ImageSettings((4, 5, 1), "uint8", pixels=PixelRange(0, 16, whole=True))
    assert open_input(tmp_path / "images.npz", trained).n_images == N


@pytest.mark.parametrize(("levels", "n_findings"), [(2, 1), (1, 0), (255, 0)])
def test_a_binary_input_for_a_model_of_bytes_is_remarked_on(levels, n_findings, tmp_path):
    np.savez(tmp_path / "images.npz", images=IMAGES % levels)
    trained = ImageSettings((4, 5, 1), "uint8", pixels=PixelRange(0, 255, whole=True))
    findings = open_input(tmp_path / "images.npz", trained).findings
    assert len(findings) == n_findings
    assert all("whole numbers from 0 to 1, those of training" in each for each in findings)

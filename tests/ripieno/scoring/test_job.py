from dataclasses import replace

import pyarrow as pa
import pytest

from ripieno.errors import DataError
from ripieno.scoring.images import ImageSettings
from ripieno.scoring.inputs import Input
from ripieno.scoring.job import Job, images_per_part, open_job


def of(n_images, **identity):
    return Input(
        "pictures", n_images, {"files": "abc"} | identity, (), lambda first, size: iter(())
    )


def job(directory, n_images=10, part_size=3):
    return Job(directory, {}, part_size, n_images)


def test_the_last_part_has_the_rest():
    ten = job(None)
    assert [ten.n_rows(k) for k in range(ten.n_parts)] == [3, 3, 3, 1]


def test_what_is_missing_is_told_in_runs(tmp_path):
    ten = job(tmp_path)
    assert list(ten.missing()) == [(0, 4)]
    ten.parts.write(1, pa.table({"a": [1, 2, 3]}))
    assert list(ten.missing()) == [(0, 1), (2, 2)]


def test_a_part_of_the_wrong_length_is_missing(tmp_path):
    ten = job(tmp_path)
    ten.parts.write(3, pa.table({"a": [1, 2, 3]}))
    assert list(ten.missing()) == [(0, 4)]


def test_the_same_job_is_gone_on_with(ensemble, tmp_path):
    begun = open_job(tmp_path, ensemble, of(10))
    assert open_job(tmp_path, ensemble, of(10)).key == begun.key


@pytest.mark.parametrize("changed", [of(11), of(10, files="other")])
def test_another_input_is_refused(changed, ensemble, tmp_path):
    open_job(tmp_path, ensemble, of(10))
    with pytest.raises(DataError, match="another input"):
        open_job(tmp_path, ensemble, changed)


def test_another_ensemble_is_refused(ensemble, tmp_path):
    open_job(tmp_path, ensemble, of(10))
    with pytest.raises(DataError, match="another ensemble"):
        open_job(tmp_path, replace(ensemble, key="1" * 32), of(10))


def test_a_folder_of_other_files_is_refused(ensemble, tmp_path):
    (tmp_path / "thesis.tex").write_text("precious")
    with pytest.raises(DataError, match="new or empty folder"):
        open_job(tmp_path, ensemble, of(10))
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("shape", "dtype", "expected"),
    [
        ((28, 28, 1), "uint8", 4096),
        ((64, 64, 3), "uint8", 2**25 // (64 * 64 * 3)),
        ((64, 64, 3), "float32", 2**25 // (4 * 64 * 64 * 3)),
        ((1024, 1024, 3), "uint8", 64),
    ],
)
def test_a_part_is_some_megabytes(shape, dtype, expected, ensemble):
    images = ImageSettings(shape, dtype)
    assert images_per_part(replace(ensemble, images=images)) == expected

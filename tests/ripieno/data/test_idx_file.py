import gzip
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from ripieno.data.idx_file import read_idx
from ripieno.errors import DataError

TYPES = {"u1": 0x08, "i1": 0x09, ">i2": 0x0B, ">i4": 0x0C, ">f4": 0x0D, ">f8": 0x0E}


def idx_bytes(array, code="u1"):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, TYPES[code], array.ndim, *array.shape)
    return header + array.astype(code).tobytes()


def refusal(path):
    with pytest.raises(DataError) as caught:
        read_idx(path)
    assert path.name in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    array=hnp.arrays(
        np.int8, hnp.array_shapes(max_dims=4, max_side=5), elements=st.integers(0, 99)
    ),
    code=st.sampled_from(sorted(TYPES)),
    zipped=st.booleans(),
)
def test_array_of_any_type_comes_back(tmp_path, array, code, zipped):
    content = idx_bytes(array, code)
    path = tmp_path / "numbers"  # no suffix: the content tells whether it is gzipped
    path.write_bytes(gzip.compress(content) if zipped else content)
    np.testing.assert_array_equal(read_idx(path), array)


@pytest.mark.parametrize("n_missing", [1, 5, 40])
def test_truncated_plain_file_is_refused(tmp_path, n_missing):
    path = tmp_path / "train-labels-idx1-ubyte"
    path.write_bytes(idx_bytes(np.arange(40))[:-n_missing])
    assert "promises 40 bytes" in refusal(path)


@pytest.mark.parametrize("n_kept", [3, 11, 60, -9, -1])
def test_truncated_gzip_is_refused(tmp_path, n_kept):
    path = tmp_path / "train-labels-idx1-ubyte.gz"
    noise = np.random.default_rng(0).integers(0, 256, 100)
    path.write_bytes(gzip.compress(idx_bytes(noise))[:n_kept])
    assert "truncated or corrupt" in refusal(path)


def test_every_corrupt_byte_of_a_gzip_body_is_found(tmp_path):
    path = tmp_path / "labels.gz"
    noise = np.random.default_rng(0).integers(0, 256, 30)
    content = gzip.compress(idx_bytes(noise))
    for at in range(10, len(content)):
        path.write_bytes(content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :])
        refusal(path)


def test_file_that_goes_on_after_its_data_is_refused(tmp_path):
    path = tmp_path / "labels"
    path.write_bytes(idx_bytes(np.arange(4)) + b"more")
    assert "received more" in refusal(path)


@pytest.mark.parametrize(
    "magic", [b"", b"\0\0", b"\x89PNG", b"\0\0\x07\x01", b"\0\0\x08\0", b"\0\0\x08\xff"]
)
def test_wrong_magic_is_refused(tmp_path, magic):
    path = tmp_path / "labels"
    path.write_bytes(magic)
    assert "no IDX file" in refusal(path)


def test_file_that_ends_within_its_header_is_refused(tmp_path):
    path = tmp_path / "images"
    path.write_bytes(b"\0\0\x08\x03\0\0\0\x05")
    assert "ends within its header" in refusal(path)


@pytest.mark.parametrize("zipped", [False, True])
def test_forged_size_is_refused_before_memory_is_taken(tmp_path, zipped):
    path = tmp_path / "images"
    content = struct.pack(">BBBB3I", 0, 0, 8, 3, 2**31, 2**15, 2**15)
    path.write_bytes(gzip.compress(content) if zipped else content)
    assert "received fewer" in refusal(path)

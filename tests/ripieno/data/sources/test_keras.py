import gzip
import os
import struct
import subprocess
import sys

import numpy as np
import pytest

from ripieno.data.sources.keras import load
from ripieno.errors import DataError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets/fashion-mnist").mkdir(parents=True)
    return tmp_path / "datasets"


def images(n):
    return np.arange(n * 784).reshape(n, 28, 28).astype(np.uint8)


def labels(n):
    return np.arange(n, dtype=np.uint8) % 10


def write_mnist(cache):
    np.savez(
        cache / "mnist.npz",
        x_train=images(20),
        y_train=labels(20),
        x_test=images(10),
        y_test=labels(10),
    )


def write_idx(path, array):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes()))


def test_mnist_is_read_from_the_cache(cache):
    write_mnist(cache)
    dataset = load(name="mnist")
    assert dataset.images.shape == (20, 28, 28, 1)
    assert dataset.test.images.shape == (10, 28, 28, 1)
    assert dataset.class_names[9] == "9"


def test_fashion_mnist_is_read_from_the_cache(cache):
    for split, n in (("train", 20), ("t10k", 10)):
        write_idx(cache / f"fashion-mnist/{split}-images-idx3-ubyte.gz", images(n))
        write_idx(cache / f"fashion-mnist/{split}-labels-idx1-ubyte.gz", labels(n))
    dataset = load(name="fashion_mnist")
    assert len(dataset.images) == 20
    assert len(dataset.test) == 10
    assert dataset.class_names[9] == "Ankle boot"


def test_damaged_file_in_the_cache_is_named_with_what_to_do(cache):
    write_mnist(cache)
    path = cache / "mnist.npz"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError, match=r"mnist\.npz .* Delete it"):
        load(name="mnist")


def test_cache_is_read_without_importing_keras(cache):
    write_mnist(cache)
    script = (
        "import sys; from ripieno.data.sources.keras import load; load(name='mnist');"
        "assert not {'keras', 'tensorflow'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_machine_that_cannot_download_is_told_in_one_line_what_to_do(cache):
    # A proxy that nobody answers for: no machine can download through it.
    closed = dict.fromkeys(("http_proxy", "https_proxy"), "http://127.0.0.1:9")
    script = (
        "from ripieno.data.sources.keras import load\n"
        "from ripieno.errors import DataError\n"
        "try:\n"
        "    load(name='cifar10')\n"
        "except DataError as error:\n"
        "    print('refused:', error)\n"
    )
    environment = os.environ | closed | {"no_proxy": "", "TF_CPP_MIN_LOG_LEVEL": "3"}
    said = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    ).stdout
    (line,) = [line for line in said.splitlines() if line.startswith("refused:")]
    assert "cannot be downloaded" in line
    assert str(cache / "cifar-10-batches-py-target_archive") in line

import logging

import pytest
from pydantic import ValidationError

from ripieno.runtime.devices import GpuSettings, assign_gpu, total_memory
from ripieno.runtime.workers import WorkerPool

WITHOUT_GPU = pytest.mark.skipif(total_memory(0) is not None, reason="this machine has a GPU")


@pytest.mark.parametrize(
    ("n_slots", "gpus", "expected"),
    [
        (1, range(1), [(0, 1)]),
        (4, range(2), [(0, 2), (1, 2), (0, 2), (1, 2)]),
        (3, range(2), [(0, 2), (1, 1), (0, 2)]),
        (2, range(4), [(0, 1), (1, 1)]),
        (3, (2, 5), [(2, 2), (5, 1), (2, 2)]),
        (4, (0, 0, 1), [(0, 3), (0, 3), (1, 1), (0, 3)]),
    ],
)
def test_workers_take_gpus_in_turn_and_share_them(n_slots, gpus, expected):
    assert [assign_gpu(slot, n_slots, gpus) for slot in range(n_slots)] == expected


def test_nine_tenths_of_the_memory_by_default():
    assert GpuSettings() == GpuSettings(memory_fraction=0.9, growth=False, devices=None)


@pytest.mark.parametrize(
    "settings",
    [
        {"memory_fraction": 0},
        {"memory_fraction": 1.1},
        {"devices": ()},
        {"devices": (-1,)},
        {"allow_growth": True},
    ],
)
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(ValidationError):
        GpuSettings(**settings)


@WITHOUT_GPU
def test_a_machine_without_gpu_says_so_once_and_goes_on(caplog):
    with caplog.at_level(logging.INFO), WorkerPool(2, tensorflow=True, gpus=GpuSettings()) as pool:
        code = "__import__('tensorflow').reduce_sum([1, 2]).numpy().item()"
        assert [pool.submit(eval, code).result(250) for _ in range(4)] == [3, 3, 3, 3]
        modules = "'keras' in __import__('sys').modules"
        assert pool.submit(eval, modules).result(250)
    said = [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]
    assert said == ["No GPU here: Keras members train on the CPU."]

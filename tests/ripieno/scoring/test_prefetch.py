import threading

import pytest

from ripieno.scoring.prefetch import prefetched


def test_values_come_in_order():
    assert list(prefetched(iter(range(5)))) == [0, 1, 2, 3, 4]


def test_nothing_comes_of_nothing():
    assert list(prefetched(iter([]))) == []


def test_the_next_value_is_made_while_one_is_in_use():
    made = threading.Event()

    def values():
        yield 1
        made.set()
        yield 2

    assert next(iter(prefetched(values()))) == 1
    assert made.wait(10)


def test_an_error_is_raised_in_its_place():
    def values():
        yield 1
        raise ValueError("no more")

    taken = prefetched(values())
    assert next(taken) == 1
    with pytest.raises(ValueError, match="no more"):
        next(taken)

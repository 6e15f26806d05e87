"""The next batch is read while this one is predicted."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


def prefetched(values: Iterator[T]) -> Iterator[T]:
    """The same values, each asked for in another thread as soon as the one before is taken.

    Never more than one is waiting. An error is raised where its value would have come.
    """
    end = object()
    with ThreadPoolExecutor(1, thread_name_prefix="prefetch") as thread:
        coming = thread.submit(next, values, end)
        while (value := coming.result()) is not end:
            coming = thread.submit(next, values, end)
            yield value  # type: ignore[misc]  # it is not `end`

import pytest

from ripieno.runtime.messages import Call
from ripieno.runtime.task_queue import Task, TaskQueue


def task(number):
    return Task(Call(abs, (number,)))


def test_tasks_come_out_in_order():
    queue = TaskQueue()
    tasks = [task(1), task(2)]
    for one in tasks:
        queue.put(one)
    assert [queue.take(0), queue.take(0), queue.take(0)] == [*tasks, None]


def test_a_task_put_back_is_the_next():
    queue = TaskQueue()
    first, second = task(1), task(2)
    queue.put(second)
    queue.put_back(first)
    assert queue.take(0) is first


def test_failing_reaches_those_that_wait_and_those_that_come():
    queue = TaskQueue()
    waiting, later, cancelled = task(1), task(2), task(3)
    queue.put(waiting)
    queue.put(cancelled)
    cancelled.future.cancel()
    queue.fail(ValueError("no worker"))
    queue.put(later)
    assert str(waiting.future.exception(0)) == str(later.future.exception(0)) == "no worker"
    assert cancelled.future.cancelled()


def test_a_closed_queue_takes_nothing():
    queue = TaskQueue()
    waiting = task(1)
    queue.put(waiting)
    queue.cancel()
    assert waiting.future.cancelled()
    with pytest.raises(RuntimeError, match="closed"):
        queue.put(task(2))

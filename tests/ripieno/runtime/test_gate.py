import queue
import threading

import pytest

from ripieno.errors import RipienoError
from ripieno.runtime.gate import Gate, Pruned, judge
from ripieno.training.epoch import Epoch

SECONDS = 30  # never reached unless something hangs
A_WHILE = 0.1  # for a worker that should wait to show that it does not


class Worker(threading.Thread):
    """Trains for some epochs behind a gate, and tells of each."""

    def __init__(self, path, n_epochs=3, last=None):
        super().__init__(daemon=True)
        self.reported, self.error = queue.Queue(), None
        self._gate = Gate(lambda epoch: self.reported.put(epoch.number), path)
        self._n_epochs, self._last = n_epochs, last or n_epochs
        self.start()

    def run(self):
        try:
            for number in range(1, self._last + 1):
                self._gate(Epoch(number, self._n_epochs, 1.0, {}))
        except Pruned as error:
            self.error = error

    def next_epoch(self):
        return self.reported.get(timeout=SECONDS)

    def end(self):
        self.join(SECONDS)
        assert not self.is_alive()
        return self.error


@pytest.fixture
def path(tmp_path):
    return tmp_path / "net.verdicts"


def test_every_epoch_waits_for_its_verdict(path):
    worker = Worker(path)
    for number in (1, 2):
        assert worker.next_epoch() == number
        worker.join(A_WHILE)
        assert worker.is_alive()
        assert worker.reported.empty()
        judge(path, go_on=True)
    assert worker.next_epoch() == 3
    assert worker.end() is None


def test_a_training_that_is_to_end_has_no_other_epoch(path):
    worker = Worker(path, n_epochs=5)
    assert worker.next_epoch() == 1
    judge(path, go_on=True)
    assert worker.next_epoch() == 2
    judge(path, go_on=False)
    error = worker.end()
    assert isinstance(error, RipienoError)
    assert str(error) == "Ended after epoch 2 of 5."
    assert worker.reported.empty()


def test_the_last_epoch_waits_for_nobody(path):
    worker = Worker(path, n_epochs=1)
    assert worker.next_epoch() == 1
    assert worker.end() is None
    assert not path.exists()


def test_the_last_epoch_is_not_ended_by_a_verdict_that_it_does_not_need(path):
    worker = Worker(path, n_epochs=2)
    worker.next_epoch()
    judge(path, go_on=True)
    judge(path, go_on=False)
    assert worker.end() is None


def test_verdicts_that_were_given_before_are_found(path):
    reported = []
    gate = Gate(lambda epoch: reported.append(epoch.number), path)
    judge(path, go_on=True)
    judge(path, go_on=True)
    judge(path, go_on=False)
    gate(Epoch(1, 9, 1.0, {}))
    gate(Epoch(2, 9, 1.0, {}))
    with pytest.raises(Pruned, match=r"^Ended after epoch 3 of 9\.$"):
        gate(Epoch(3, 9, 1.0, {}))
    assert reported == [1, 2, 3]


def test_verdicts_of_an_earlier_training_count_no_more(path):
    judge(path, go_on=False)
    worker = Worker(path, n_epochs=2)
    worker.next_epoch()
    worker.join(A_WHILE)
    assert worker.is_alive()
    judge(path, go_on=True)
    assert worker.end() is None


def test_an_epoch_is_reported_even_if_it_is_the_last_for_the_worker(path):
    worker = Worker(path, n_epochs=9, last=2)  # as when early stopping ends the training
    judge(path, go_on=True)
    judge(path, go_on=True)
    assert worker.end() is None
    assert [worker.next_epoch(), worker.next_epoch()] == [1, 2]


def test_verdicts_are_one_byte_an_epoch(path):
    for go_on in (True, True, False):
        judge(path, go_on=go_on)
    assert path.read_bytes() == b"++-"


def test_many_epochs_pass_one_after_another(path):
    worker = Worker(path, n_epochs=40)
    for _ in range(39):
        worker.next_epoch()
        judge(path, go_on=True)
    assert worker.next_epoch() == 40
    assert worker.end() is None

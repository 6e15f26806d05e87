import os
import socket
import subprocess
import sys
import time
from datetime import datetime, timedelta

import optuna
import psutil
import pytest

from tasks.owner import OWNER, SILENCE_SECONDS, is_abandoned, is_gone, this_process


def trial(started=None, **attributes):
    study = optuna.create_study()
    asked = study.ask()
    for key, value in attributes.items():
        asked.set_user_attr(key, value)
    (frozen,) = study.get_trials()
    if started is not None:
        frozen.datetime_start = started
    return frozen


def test_a_trial_of_this_process_is_not_abandoned():
    assert not is_abandoned(trial(**{OWNER: this_process()}))


def test_a_trial_of_a_process_that_ended_is_abandoned_at_once():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        started = psutil.Process(process.pid).create_time()
        owner = {"host": socket.gethostname(), "pid": process.pid, "started": started}
        assert not is_abandoned(trial(**{OWNER: owner}))
        process.communicate(b"\n")
    assert is_abandoned(trial(**{OWNER: owner}))


def test_a_process_whose_end_nobody_has_fetched_is_gone():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        dead = psutil.Process(process.pid)
        owner = {"host": socket.gethostname(), "pid": process.pid, "started": dead.create_time()}
        assert not is_gone(owner)
        process.kill()
        while dead.status() != psutil.STATUS_ZOMBIE:
            time.sleep(0.01)
        assert is_gone(owner)


def test_a_process_that_was_given_the_same_number_is_another():
    owner = {"host": socket.gethostname(), "pid": os.getpid(), "started": 1.0}
    assert is_abandoned(trial(**{OWNER: owner}))


@pytest.mark.parametrize(("silence", "abandoned"), [(1.0, False), (SILENCE_SECONDS + 1, True)])
def test_a_process_elsewhere_is_alive_while_it_says_so(silence, abandoned):
    seen = datetime.now().timestamp() - silence
    owner = {"host": "elsewhere", "pid": 1, "started": 1.0, "seen": seen}
    assert is_abandoned(trial(**{OWNER: owner})) is abandoned


def test_a_trial_without_an_owner_is_abandoned_after_a_moment():
    assert not is_abandoned(trial())
    assert is_abandoned(trial(started=datetime.now() - timedelta(minutes=1)))

import os
import socket

import pytest

from conf.services import service_settings
from tasks.services.ports import holder, port_problems


@pytest.fixture
def taken():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield server.getsockname()[1]


@pytest.fixture
def free():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def problems(prefect, mlflow, **more):
    ports = {"PREFECT_PORT": str(prefect), "MLFLOW_PORT": str(mlflow)}
    return port_problems(service_settings(ports | more))


def test_a_port_in_use_is_told_with_its_number_and_what_to_do(taken, free):
    (line,) = problems(taken, free)
    assert line.startswith(f"Port {taken} is in use")
    assert "set PREFECT_PORT in .env" in line


def test_who_has_the_port_is_told(taken):
    assert str(os.getpid()) in holder(taken)


def test_a_free_port_is_no_problem(free):
    assert [line for line in problems(free, free + 1) if str(free) in line.split()] == []


def test_an_address_that_is_not_ours_is_told(free):
    # 192.0.2.0/24 is kept for documentation: no machine has it.
    lines = problems(free, free + 1, RIPIENO_HOST="192.0.2.1")
    assert all(line.startswith("Cannot listen at 192.0.2.1:") for line in lines)
    assert len(lines) == 2

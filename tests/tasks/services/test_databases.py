import socket

from conf.services import service_settings
from tasks.services.databases import database_problems


def test_a_database_that_does_not_answer_is_told_without_its_password():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        url = f"postgresql://user:secret@127.0.0.1:{port}/runs"
        (line,) = database_problems(
            service_settings({"PREFECT_SERVER_DATABASE_CONNECTION_URL": url})
        )
    assert f"127.0.0.1:{port}" in line
    assert "secret" not in line


def test_files_need_nobody_to_answer():
    assert database_problems(service_settings({})) == []

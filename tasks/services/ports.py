"""Whether the servers can have their ports, and who has them if not."""

import errno
import socket

import psutil

from conf.services import ServiceSettings


def port_problems(settings: ServiceSettings, *servers: str) -> list[str]:
    """One line for each port that a server of ours could not have.

    Args:
        settings: The services.
        servers: `prefect`, `mlflow`; none: both.
    """
    ports = {"prefect": settings.prefect_port, "mlflow": settings.mlflow_port}
    wanted = {f"{name.upper()}_PORT": ports[name] for name in servers or ports}
    problems = (problem(settings.host, port, name) for name, port in wanted.items())
    return [line for line in problems if line]


def problem(host: str, port: int, name: str) -> str | None:
    """Why a server cannot listen there and what to do, or None if it can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        try:
            probe.bind((host, port))
            probe.listen()
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return f"Port {port} is in use{holder(port)}. Stop it, or set {name} in .env."
            return f"Cannot listen at {host}:{port}: {error.strerror}. Set {name} or RIPIENO_HOST."
    return None


def holder(port: int) -> str:
    """` by python (process 12: python -m http.server)`, or nothing where that is not to be seen."""
    try:
        sockets = psutil.net_connections("tcp")
    except psutil.Error:  # macOS shows other processes' sockets to root alone
        return ""
    for each in sockets:
        if each.status == psutil.CONN_LISTEN and each.laddr and each.laddr[1] == port and each.pid:
            try:
                process = psutil.Process(each.pid)
                command = " ".join(process.cmdline())
                return f" by {process.name()} (process {each.pid}: {command[:100]})"
            except psutil.Error:
                return f" by process {each.pid}"
    return ""

import subprocess

import pytest

from local_cloud.egress import is_local
from tests.local_cloud.running import PYTHON, REPOSITORY, environment


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", "0.0.0.0", "", None, b"127.0.0.1"])
def test_this_machine_is_local(host: object) -> None:
    assert is_local(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "example.com", "s3.amazonaws.com", "10.0.0.1"])
def test_other_machines_are_not(host: str) -> None:
    assert not is_local(host)


@pytest.mark.parametrize(
    "attempt",
    [
        "socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "socket.getaddrinfo('example.com', 80)",
        "urllib.request.urlopen('http://192.0.2.1/', timeout=1)",
    ],
)
def test_a_connection_that_leaves_the_machine_is_refused(attempt: str) -> None:
    program = f"import socket, urllib.request; from local_cloud import egress; egress.forbid(); {attempt}"
    done = subprocess.run([str(PYTHON), "-c", program], cwd=REPOSITORY, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "the local cloud does not leave this machine" in done.stderr

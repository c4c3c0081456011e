import os
import signal
import subprocess
from pathlib import Path

import psutil
import pytest

from tests.local_cloud.running import PYTHON, REPOSITORY, LocalCloud, command, environment, free_port


def run(arguments: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(arguments, cwd=REPOSITORY, env=environment(), capture_output=True, text=True, timeout=60, check=False)


def test_it_listens_on_one_port_of_the_loopback_only(cloud: LocalCloud) -> None:
    process = psutil.Process(cloud.running.pid)
    connections = [connection for each in (process, *process.children(recursive=True)) for connection in each.net_connections()]
    assert {connection.laddr for connection in connections if connection.status == psutil.CONN_LISTEN} == {("127.0.0.1", cloud.port)}


def test_a_taken_port_is_refused_in_one_line(cloud: LocalCloud, tmp_path: Path) -> None:
    refused = run(command(tmp_path, cloud.port))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"port {cloud.port} of 127.0.0.1 is taken" in refused.stderr


def test_a_home_of_a_running_local_cloud_is_refused_in_one_line(cloud: LocalCloud) -> None:
    refused = run(command(cloud.home, free_port()))
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert f"process {cloud.running.pid}" in refused.stderr


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ("del module._fire_s3_event", "_fire_s3_event, used to know the version that an event of S3 is about: it does not exist"),
        ("module._fire_s3_event = {}", "it is a dict, expected a function"),
        ("module._fire_s3_event = lambda bucket: None", "it takes (bucket), expected"),
    ],
)
def test_it_refuses_to_start_where_a_private_name_of_ministack_is_not_as_expected(change: str, problem: str, tmp_path: Path) -> None:
    start = command(tmp_path, free_port())
    program = f"import ministack.services.s3 as module; {change}; import runpy; runpy.run_module('local_cloud', run_name='__main__')"
    refused = run([str(PYTHON), "-c", program, *start[3:]])
    assert refused.returncode == 1
    assert problem in refused.stderr
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_when_asked_to(how: signal.Signals, own_cloud: LocalCloud) -> None:
    own_cloud.start()
    assert own_cloud.end(how) == (0, "")


def test_nothing_is_written_outside_of_its_home(cloud: LocalCloud) -> None:
    held = {
        Path(file.path) for file in psutil.Process(cloud.running.pid).open_files() if os.access(file.path, os.W_OK) and "w" in file.mode
    }
    assert all(path.is_relative_to(cloud.home) for path in held)

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.common import local_cloud
from cli.common.errors import UserError
from cli.common.health import answers
from cli.common.local_cloud import Place


@pytest.fixture
def listener() -> Iterator[int]:
    """A port of this machine that something else listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port: int = taken.getsockname()[1]
        yield port


@pytest.fixture
def place(tmp_path: Path, listener: int) -> Place:
    return Place("local", tmp_path / "home", f"http://127.0.0.1:{listener}")


def test_a_taken_port_is_told_and_nothing_is_started(place: Place) -> None:
    with pytest.raises(
        UserError, match=rf"port {place.port} is taken: stop what listens there, or write another endpoint_url into company/"
    ):
        local_cloud.start(place)
    assert not place.home.exists()


def test_an_environment_on_aws_has_no_local_cloud() -> None:
    with pytest.raises(UserError, match="prod is on AWS"):
        local_cloud.place("prod")


@pytest.mark.parametrize("text", ["", "no number", "999999999", str(os.getpid())], ids=["none", "text", "nobody's", "another's"])
def test_a_process_id_that_is_not_ours_does_not_count(place: Place, text: str) -> None:
    place.home.mkdir()
    (place.home / "pid").write_text(text, encoding="utf-8")
    assert place.process() is None


def test_without_a_process_stopping_does_nothing(place: Place) -> None:
    local_cloud.stop(place)


def test_another_server_on_the_port_is_no_local_cloud() -> None:
    assert not answers("http://127.0.0.1:9", seconds=0.1)


def test_a_local_cloud_that_ends_at_once_is_told_with_its_last_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = tmp_path / "python"
    stub.write_text("#!/bin/sh\necho first\necho 'it cannot be' >&2\nexit 1\n", encoding="utf-8")
    stub.chmod(0o755)
    monkeypatch.setattr(local_cloud, "PYTHON_LOCAL", stub)
    with pytest.raises(UserError, match="the local cloud did not start: it cannot be"):
        local_cloud.start(Place("local", tmp_path / "home", "http://127.0.0.1:9"))


def test_an_interrupted_start_leaves_no_process_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub = tmp_path / "python"
    stub.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/id\nexec tail -f /dev/null\n", encoding="utf-8")
    stub.chmod(0o755)

    def interrupted(_url: str) -> bool:
        if (tmp_path / "id").exists() and (tmp_path / "id").read_text(encoding="utf-8").strip():
            raise KeyboardInterrupt
        return False

    monkeypatch.setattr(local_cloud, "PYTHON_LOCAL", stub)
    monkeypatch.setattr(local_cloud, "answers", interrupted)
    with pytest.raises(KeyboardInterrupt):
        local_cloud.start(Place("local", tmp_path / "home", "http://127.0.0.1:9"))
    assert not psutil.pid_exists(int((tmp_path / "id").read_text(encoding="utf-8")))

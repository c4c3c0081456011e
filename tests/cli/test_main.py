"""How verbs end: exit codes, and what a person reads."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProfileNotFound,
    ReadTimeoutError,
    UnauthorizedSSOTokenError,
)

from cli.__main__ import main
from cli.common import errors
from cli.common.errors import UserError


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], None]:
    """Make a verb named `probe` of a function."""

    def make(function: Callable[[], None]) -> None:
        module = ModuleType("cli.probe", "Probe.")
        module.__dict__["run"] = function
        monkeypatch.setitem(sys.modules, "cli.probe", module)

    return make


def raising(error: BaseException) -> Callable[[], None]:
    def run() -> None:
        raise error

    return run


def test_a_verb_that_works_ends_with_0(verb: Callable[[Callable[[], None]], None]) -> None:
    verb(lambda: None)
    assert main(["probe"]) == 0


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (UserError("no such file"), "no such file"),
        (NoCredentialsError(), "no AWS credentials; sign in"),
        (ClientError({"Error": {"Code": "ExpiredToken", "Message": ""}}, "GetObject"), "the AWS credentials have expired"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetObject"), "AWS refused GetObject: AccessDenied: no"),
        (EndpointConnectionError(endpoint_url="https://x"), "AWS was not reached: Could not connect to the endpoint URL"),
        (ConnectTimeoutError(endpoint_url="https://x"), "AWS was not reached: Connect timeout"),
        (ReadTimeoutError(endpoint_url="https://x"), "AWS was not reached: Read timeout"),
        (UnauthorizedSSOTokenError(), "the AWS credentials could not be had: The SSO session associated with this profile has expired"),
        (ProfileNotFound(profile="x"), "this machine's AWS configuration cannot be used: The config profile (x) could not be found"),
    ],
)
def test_what_a_person_can_mend_is_one_line_and_exit_code_1(
    verb: Callable[[Callable[[], None]], None], capsys: pytest.CaptureFixture[str], error: Exception, line: str
) -> None:
    verb(raising(error))
    assert main(["probe"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(line)
    assert said.out == ""


def test_an_unexpected_error_is_one_line_and_a_file_with_the_traceback(
    verb: Callable[[Callable[[], None]], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(errors, "LOGS", tmp_path)
    verb(raising(ZeroDivisionError("division by zero")))
    assert main(["probe"]) == 70
    assert capsys.readouterr().err.startswith("probe failed unexpectedly: ZeroDivisionError: division by zero\nThe traceback is in")
    (file,) = tmp_path.iterdir()
    assert "Traceback" in file.read_text(encoding="utf-8")


def test_a_request_that_boto3_finds_wrong_is_a_defect_and_no_want_of_a_connection(
    verb: Callable[[Callable[[], None]], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(errors, "LOGS", tmp_path)
    verb(raising(ParamValidationError(report="Unknown parameter in input")))
    assert main(["probe"]) == 70
    assert capsys.readouterr().err.startswith("probe failed unexpectedly: ParamValidationError: Parameter validation failed")
    assert len(list(tmp_path.iterdir())) == 1


def test_where_no_traceback_can_be_written_a_line_says_so_and_where_the_error_came_from(
    verb: Callable[[Callable[[], None]], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (taken := tmp_path / "log").write_text("a file where a folder should be", encoding="utf-8")  # root may write in any folder
    monkeypatch.setattr(errors, "LOGS", taken)
    verb(raising(ZeroDivisionError("division by zero")))
    assert main(["probe"]) == 70
    first, second = capsys.readouterr().err.splitlines()
    assert first == "probe failed unexpectedly: ZeroDivisionError: division by zero"
    assert second.startswith("The traceback could not be kept (FileExistsError: ")
    assert "test_main.py:" in second
    assert second.endswith("in run")


def test_an_unexpected_error_is_told_from_a_folder_that_is_gone(
    verb: Callable[[Callable[[], None]], None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(errors, "LOGS", tmp_path / "log")
    (gone := tmp_path / "gone").mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    verb(raising(ZeroDivisionError("division by zero")))
    assert main(["probe"]) == 70
    assert f"The traceback is in {tmp_path / 'log'}" in capsys.readouterr().err


def test_an_interrupted_verb_says_so_and_ends_with_130(
    verb: Callable[[Callable[[], None]], None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb(raising(KeyboardInterrupt()))
    assert main(["probe"]) == 130
    assert capsys.readouterr().err == "interrupted\n"


def test_a_wrong_option_ends_with_2(verb: Callable[[Callable[[], None]], None], capsys: pytest.CaptureFixture[str]) -> None:
    verb(lambda: None)
    assert main(["probe", "--wrong"]) == 2
    assert "--wrong" in capsys.readouterr().err

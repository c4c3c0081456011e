"""How verbs end: exit codes, and what a person reads."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from botocore.exceptions import ClientError, NoCredentialsError

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

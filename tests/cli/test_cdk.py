from cli.common.cdk import last_words, variables
from config import read

SHELL = {
    "HOME": "/h",
    "AWS_PROFILE": "real",
    "AWS_SESSION_TOKEN": "real",
    "AWS_ACCESS_KEY_ID": "real",
    "AWS_SECRET_ACCESS_KEY": "real",
    "AWS_CA_BUNDLE": "/ca",
    "https_proxy": "http://proxy",
}


def test_a_command_for_the_local_cloud_cannot_reach_aws() -> None:
    local = variables(read.settings(read.ROOT / "config" / "local.yaml"), SHELL)
    assert local["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert "real" not in local.values()
    assert not {"AWS_CA_BUNDLE", "https_proxy"} & set(local)
    assert local["HOME"] == "/h"


def test_a_command_for_an_account_uses_the_shells_credentials() -> None:
    account = variables(read.settings(read.ROOT / "config" / "dev.yaml"), SHELL)
    assert {name: account[name] for name in SHELL} == SHELL
    assert "AWS_ENDPOINT_URL" not in account


def test_the_last_words_are_the_lines_that_name_an_error() -> None:
    assert last_words(["Building", "Error: no such bucket", "", "Done"]) == "Error: no such bucket"


def test_without_an_error_the_last_words_are_the_last_lines() -> None:
    assert last_words(["one", "", "two"]) == "one\ntwo"

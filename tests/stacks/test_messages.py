"""What takes the time of a synth is what Python and the CDK's node process say to each other; so the messages are counted, and not the seconds."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from inspect import unwrap
from pathlib import Path
from unittest.mock import patch

import pytest
from aws_cdk import App
from jsii._kernel.providers.process import _NodeProcess

from app import lake
from benchmarks import datasets
from config.read import settings
from contracts.contract import Contract
from contracts.read import read
from lake_constructs import access
from stacks.checks import UNCHECKED
from tests.stacks.synthesis import ROOT, shipped

pytestmark = pytest.mark.slow  # it defines the app twice

FEW = datasets.PRODUCT_EACH  # one product among them
MOST = 60  # messages for one more dataset: job, role with ten statements, crawler, code, alarm, a line of the dashboard


@contextmanager
def counted() -> Iterator[list[object]]:
    """Note each message that is sent."""
    sent: list[object] = []
    send = _NodeProcess.send

    def noting(process: _NodeProcess, request: object, kind: object) -> object:
        sent.append(request)
        return send(process, request, kind)  # type: ignore[arg-type]

    with patch.object(_NodeProcess, "send", noting):
        yield sent


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Contract]:
    made = read(datasets.write(tmp_path_factory.mktemp("datasets"), 2 * FEW))
    return {name: replace(contract, domain="sales") for name, contract in made.items()}  # or a second stack would be counted too


@pytest.fixture
def per_dataset(contracts: dict[str, Contract], tmp_path: Path) -> Callable[[], float]:
    """How many messages one more dataset takes."""
    context = {**json.loads((ROOT / "cdk.json").read_text(encoding="utf-8"))["context"], UNCHECKED: "true"}

    def messages(number: int) -> int:
        app = App(outdir=str(tmp_path / str(number)), context=context)
        with counted() as sent:
            lake(app, settings(shipped("prod")), dict(list(contracts.items())[:number]))
        return len(sent)

    return lambda: (messages(2 * FEW) - messages(FEW)) / FEW


def test_one_more_dataset_takes_few_messages(per_dataset: Callable[[], float]) -> None:
    assert per_dataset() <= MOST


def test_what_is_asked_again_for_each_dataset_shows_in_the_count(per_dataset: Callable[[], float]) -> None:
    with patch.object(access, "_glue_arns", unwrap(access._glue_arns)):
        assert per_dataset() > MOST

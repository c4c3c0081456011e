"""What holds for eight datasets holds for hundreds."""

import json
from collections import Counter
from pathlib import Path

import pytest
from aws_cdk import App

from app import lake
from benchmarks import datasets
from config.read import settings
from contracts.contract import Contract
from contracts.read import read
from tests.stacks.synthesis import Assembly, loaded, shipped

COUNT = 200
MOST = 400  # of 500 that CloudFormation takes: a stack that is nearer has no room for what a company adds
MACHINE = 1_000_000  # bytes of a state machine's definition that Step Functions takes

pytestmark = pytest.mark.matrix


@pytest.fixture(scope="module")
def contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Contract]:
    return read(datasets.write(tmp_path_factory.mktemp("many-datasets"), COUNT))


@pytest.fixture(scope="module")
def many(contracts: dict[str, Contract], tmp_path_factory: pytest.TempPathFactory) -> Assembly:
    context = json.loads((Path(__file__).parents[2] / "cdk.json").read_text(encoding="utf-8"))["context"]
    app = App(outdir=str(tmp_path_factory.mktemp("many")), context=context, builtin_cloud_formation_validation=False)
    lake(app, settings(shipped("prod")), contracts)
    app.synth()
    return loaded(Path(app.outdir))


def test_two_hundred_datasets_in_five_domains_are_read(contracts: dict[str, Contract]) -> None:
    assert len(contracts) == COUNT
    assert set(Counter(contract.domain for contract in contracts.values()).values()) == {COUNT // len(datasets.DOMAINS)}
    assert sum(contract.is_product for contract in contracts.values()) == COUNT // datasets.PRODUCT_EACH


def test_every_stack_stays_under_four_hundred_resources(many: Assembly) -> None:
    counted = {stack: len(template["Resources"]) for stack, template in many.templates.items()}
    assert len(many.resources("AWS::Glue::Job")) == COUNT
    assert sum(stack.startswith("Processing") for stack in counted) == len(datasets.DOMAINS)
    assert {stack: number for stack, number in counted.items() if number >= MOST} == {}


def test_no_state_machine_grows_beyond_what_step_functions_takes(many: Assembly) -> None:
    machines = many.resources("AWS::StepFunctions::StateMachine")
    assert len(machines) == 3
    assert {name: size for name, machine in machines.items() if (size := len(json.dumps(machine["Properties"]))) >= MACHINE} == {}

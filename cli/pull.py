"""Pull what is new from a dataset's API now, and say what it brought; a refresh starts by itself."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli.common import outputs
from cli.common.console import Say, err, out, step
from cli.common.datasets import contract, contracts
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.session import Lake, connect

ALONE = {"alone": True}  # one run; the next one is ours to start
MOST_MESSAGES = 10  # that SQS gives at a time
HELD_SECONDS = 3600

Outcome = dict[str, Any]


def run(
    dataset: Annotated[str | None, typer.Argument(help="Name of a dataset whose contract has a server of type api.")] = None,
    set_aside: Annotated[
        bool, typer.Option("--set-aside", help="Pull each dataset whose failed pulls were set aside, and take them off.")
    ] = False,
    env: Environment = "local",
) -> None:
    if set_aside == (dataset is not None):
        raise UserError("name a dataset, or give --set-aside, and not both")
    lake = connect(env)
    if dataset is not None:
        tell(dataset, pulled(lake, dataset))
        return
    done = pull_set_aside(lake)
    err.print(f"pulled again: {', '.join(done)}" if done else "nothing was set aside")


def pulled(lake: Lake, dataset: str) -> Outcome:
    """Pull to the end, one run after the other, and return what the last one says.

    Raises:
        UserError: nothing is pulled for the dataset, the pull failed, or it cannot be run now.
    """
    if contract(lake, dataset).pull is None:
        known = [name for name, found in contracts(lake).items() if found.pull is not None]
        raise UserError(f"{dataset} is pulled from no API; datasets that are: {', '.join(known) or 'none'}")
    with step(f"pull of {dataset}") as say:
        return until_finished(dataset, lambda: invoked(lake, dataset), say)


def until_finished(dataset: str, once: Callable[[], Outcome], say: Say) -> Outcome:
    """Run again for as long as a run's time was up before the end.

    Raises:
        UserError: another run is at it, or the API wants to be left alone.
    """
    while (outcome := once())["status"] == "unfinished":
        say(f"{outcome['progress']['pages']} pages")
    if outcome["status"] == "busy":
        raise UserError(f"another pull of {dataset} runs; try again when it is over")
    if outcome["status"] == "waiting":
        until = datetime.fromtimestamp(outcome["not_before"], UTC)
        raise UserError(
            f"the API of {dataset} wants to be left alone until {until:%Y-%m-%d %H:%M:%S} UTC; the first pull after that goes on"
        )
    return outcome


def invoked(lake: Lake, dataset: str) -> Outcome:
    """Return what one run says.

    Raises:
        UserError: there is no such function, or it failed.
    """
    functions, name = lake.long_functions, f"{lake.settings.name}-pull-{dataset}"
    try:
        answer = functions.invoke(FunctionName=name, Payload=json.dumps(ALONE))
    except functions.exceptions.ResourceNotFoundException as error:
        raise UserError(f"no function {name}: run ./lake deploy --env {lake.environment}") from error
    said: Outcome = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise UserError(f"the pull of {dataset} failed: {said.get('errorMessage', said)}\nits log: /aws/lambda/{name}")
    return said


def tell(dataset: str, outcome: Mapping[str, Any]) -> None:
    """Print what a pull brought."""
    progress, watermark = outcome["progress"], outcome["watermark"]
    brought = (
        f"{progress['records']:,} records ({progress['new']:,} new) on {progress['pages']} pages, {progress['objects']} new objects in raw"
    )
    out.print(f"{dataset}: {brought}; the next pull asks {f'from {watermark} on' if watermark else 'for everything'}", markup=False)


def pull_set_aside(lake: Lake) -> list[str]:
    """Pull each dataset that has failed pulls in the queue, and take them off it; return the datasets.

    Raises:
        UserError: a pull failed again; its messages stay.
    """
    queue = outputs.value(lake, outputs.API_PULL, "SetAsideQueueUrl")
    waiting: dict[str, list[str]] = {}
    for body, handle in received(lake, queue):
        waiting.setdefault(dataset_of(lake, body), []).append(handle)
    done: list[str] = []
    try:
        for dataset, handles in waiting.items():
            tell(dataset, pulled(lake, dataset))
            for handle in handles:
                lake.sqs.delete_message(QueueUrl=queue, ReceiptHandle=handle)
            done.append(dataset)
    finally:
        for handle in (handle for dataset in waiting.keys() - done for handle in waiting[dataset]):
            lake.sqs.change_message_visibility(QueueUrl=queue, ReceiptHandle=handle, VisibilityTimeout=0)
    return done


def received(lake: Lake, queue: str) -> Iterator[tuple[str, str]]:
    """Yield body and handle of each message of a queue, which nobody else gets meanwhile."""
    while messages := lake.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=MOST_MESSAGES, VisibilityTimeout=HELD_SECONDS).get(
        "Messages"
    ):
        for message in messages:
            yield message["Body"], message["ReceiptHandle"]


def dataset_of(lake: Lake, body: str) -> str:
    """Return the dataset that a message is about, as Lambda writes it."""
    function: str = json.loads(body)["requestContext"]["functionArn"].split(":")[6]
    return function.removeprefix(f"{lake.settings.name}-pull-")

"""Start, stop, reset or look at the local cloud of an environment: start, stop, reset, status."""

import shutil
from datetime import UTC, datetime, timedelta

import typer

from cli.common import local_cloud
from cli.common.console import err, out, step
from cli.common.errors import UserError
from cli.common.options import Environment
from cli.common.paths import shown
from cli.common.session import connect

NEEDS = ["node", "local", "jars"]

app = typer.Typer(help=__doc__, add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)


@app.command()
def start(env: Environment = "local") -> None:
    """Start it, with the state it was stopped with."""
    place = local_cloud.place(env)
    if process := place.process():
        raise UserError(
            f"the local cloud of {env} runs already (process {process.pid}, {place.url}); ./lake local stop --env {env} ends it"
        )
    with step("local cloud started"):
        local_cloud.start(place)
    err.print(f"{place.url}  state in {shown(place.home)}  stop it with ./lake local stop")


@app.command()
def stop(env: Environment = "local") -> None:
    """Stop it and all it started; its state stays."""
    place = local_cloud.place(env)
    if not place.process():
        err.print(f"the local cloud of {env} was not running")
        return
    with step("local cloud stopped"):
        local_cloud.stop(place)


@app.command()
def reset(env: Environment = "local") -> None:
    """Stop it and delete its state: buckets, tables, stacks, all of it."""
    place = local_cloud.place(env)
    with step(f"local cloud stopped, {shown(place.home)} deleted"):
        local_cloud.stop(place)
        shutil.rmtree(place.home, ignore_errors=True)


@app.command()
def status(env: Environment = "local") -> None:
    """Show its process, memory and stacks."""
    place = local_cloud.place(env)
    process = place.process()
    if process is None:
        raise UserError(f"the local cloud of {env} is not running; ./lake local start --env {env} starts it")
    up = timedelta(seconds=int(datetime.now(UTC).timestamp() - process.create_time()))
    out.print(
        f"process  {process.pid}, up {up}\naddress  {place.url}\nmemory   {local_cloud.memory(process) / 2**20:,.0f} MiB (PSS)\nstate    {shown(place.home)}"
    )
    stacks = connect(env).cloudformation.describe_stacks()["Stacks"]
    for stack in sorted(stacks, key=lambda stack: stack["StackName"]):
        out.print(f"stack    {stack['StackName']:32} {stack['StackStatus']}")
    if not stacks:
        out.print(f"stacks   none; ./lake deploy --env {env} makes them")

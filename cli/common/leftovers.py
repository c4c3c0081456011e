"""What an earlier deploy left behind and the next one would stumble over: stacks that never came up, names that are taken.

The stacks keep nothing of a deploy that failed: what holds data is retained except where it was just created (RetainExceptOnCreate). What is
still in the way is a stack that failed to come up and is protected, which the CDK command line cannot delete, and what outlived a lake of
this name: its databases, since they were retained, or a log group that a service wrote to once more.
"""

import re
import time
from collections.abc import Iterator, Sequence

from botocore.exceptions import ClientError

from cli.common import cdk, clashes, stacks
from cli.common.console import Say
from cli.common.errors import UserError
from cli.common.session import Lake
from cli.common.stacks import Deployed

NEVER_UP = ("CREATE_FAILED", "REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "ROLLBACK_FAILED")
"""Statuses of stacks without anything in them that is of use; one whose first change set was never executed is in review for ever."""
STUCK = "UPDATE_ROLLBACK_FAILED"
HALF_GONE = "DELETE_FAILED"
DATABASE, LOG_GROUP = "AWS::Glue::Database", "AWS::Logs::LogGroup"
FAILED = re.compile("ROLLBACK|FAILED")  # in a status
BEGUN = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")  # a stack's own first events
SECONDS = 1800  # that CloudFormation may take to delete or roll back a stack
PAUSE = 1.0  # seconds between looks


def clear(lake: Lake, say: Say) -> list[str]:
    """Do what the deploy of an environment's templates, as last written, needs first; return what was done.

    Raises:
        UserError: something is in the way that is not to be deleted unasked; with what to do about it.
    """
    names = cdk.stacks(lake.environment)
    known = stacks.deployed(lake)
    done = [_mended(lake, known[name], say) for name in names if name in known]
    done = [text for text in done if text]
    there = stacks.deployed(lake) if done else known
    if missing := [name for name in names if name not in there]:
        done += _freed(lake, missing, [name for name in names if name in there], say)
    return done


def _mended(lake: Lake, stack: Deployed, say: Say) -> str:
    """Bring a stack into a state that can be deployed to; return what was done."""
    if stack.status in NEVER_UP:
        say(f"{stack.name} never came up ({stack.status}): it is deleted")
        if stack.protected:
            lake.cloudformation.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)
        lake.cloudformation.delete_stack(StackName=stack.name)
        return f"{stack.name} had never come up ({stack.status}), and was deleted{_gone(lake, stack.name)}"
    if stack.status == STUCK:
        say(f"{stack.name} is {STUCK}: its rollback is continued")
        lake.cloudformation.continue_update_rollback(StackName=stack.name)
        status = _settled(lake, stack.name)
        if status != "UPDATE_ROLLBACK_COMPLETE":
            raise UserError(f"{stack.name} is {status} again: {_why(lake, stack.name)}; mend that in the account, and deploy again")
        return f"{stack.name} was {STUCK}, and is as it was before the update that failed"
    if stack.status == HALF_GONE:
        raise UserError(
            f"{stack.name} is {HALF_GONE}, a destroy stopped there: {_why(lake, stack.name)}; "
            f"./lake destroy --env {lake.environment} goes on, then deploy again"
        )
    return ""


def _gone(lake: Lake, name: str) -> str:
    """Wait until a stack is deleted.

    Raises:
        UserError: it is not.
    """
    status = _settled(lake, name)
    if status and status != stacks.GONE:
        raise UserError(
            f"{name} never came up, and is now {status}: {_why(lake, name)}; delete what that names by hand, if nothing in it is wanted, and deploy again"
        )
    return ""


def _settled(lake: Lake, name: str) -> str:
    """Return the status of a stack once nothing happens to it any more; an empty text where it is gone."""
    deadline = time.monotonic() + SECONDS
    while True:
        found = stacks.deployed(lake).get(name)
        if found is None or not found.status.endswith("IN_PROGRESS"):
            return found.status if found else ""
        if time.monotonic() > deadline:
            raise UserError(f"{name} is {found.status} after {SECONDS} s; wait until that is over, and deploy again")
        time.sleep(PAUSE)


def reasons(lake: Lake) -> list[str]:
    """Return why each stack of an environment failed whose last deploy did, as CloudFormation says it."""
    known = stacks.deployed(lake)
    failed = [known[name] for name in cdk.stacks(lake.environment) if name in known and FAILED.search(known[name].status)]
    return [f"{stack.name} is {stack.status}: {_why(lake, stack.name)}" for stack in failed]


def _why(lake: Lake, name: str) -> str:
    """Return what went wrong first in the last thing that was done to a stack; what followed was called off for it."""
    told = ""
    pages = lake.cloudformation.get_paginator("describe_stack_events").paginate(StackName=name)
    for event in (event for page in pages for event in page["StackEvents"]):  # the newest first
        status, why = event["ResourceStatus"], event.get("ResourceStatusReason", "")
        if status.endswith("FAILED") and why and "cancelled" not in why:
            told = f"{event['LogicalResourceId']}: {why}"
        if event["LogicalResourceId"] == name and status in BEGUN:
            break
    return told or "the CloudFormation console says why"


def _freed(lake: Lake, missing: Sequence[str], there: Sequence[str], say: Say) -> Iterator[str]:
    """Free the names that stacks to be created want: what is empty goes; return what went.

    Raises:
        UserError: something that is not empty, or may serve somebody, has one of them; nothing was deleted.
    """
    found, denied = clashes.taken(lake, clashes.wanted(cdk.output(lake.environment), missing), clashes.own(lake, there))
    for error in denied.values():
        if not isinstance(error, ClientError):
            raise error
    if denied:  # who deploys by CDK's roles may do little else; CloudFormation looks again
        yield f"names of {', '.join(sorted(denied))} were not looked for: these credentials may not"
    if full := [f"{kind} {name} {why}" for kind, name in found if (why := _kept(lake, kind, name))]:
        first = f"names that {lake.environment} wants are taken, by what belongs to no stack of it:"
        todo = "delete it, where it is what an earlier lake left; or write another name than {} into the environment's YAML"
        raise UserError("\n".join([first, *full, todo.format(lake.settings.name)]))
    for kind, name in found:
        say(f"{kind} {name} is empty: it is deleted")
        if kind == DATABASE:
            lake.glue.delete_database(Name=name)
        else:
            lake.logs.delete_log_group(logGroupName=name)
        yield f"{kind} {name}, which no stack had and nothing was in, was deleted"


def _kept(lake: Lake, kind: str, name: str) -> str:
    """Return why something is not deleted; an empty text for what is empty."""
    try:
        if kind == DATABASE:
            tables = lake.glue.get_tables(DatabaseName=name)["TableList"]
            return f"holds tables: {', '.join(table['Name'] for table in tables[:3])}{'...' if len(tables) > 3 else ''}" if tables else ""
        if kind == LOG_GROUP:
            streams = lake.logs.describe_log_streams(logGroupName=name, limit=1)["logStreams"]
            return f"holds logs ({streams[0]['logStreamName']})" if streams else ""
    except ClientError as error:
        return f"could not be looked into: {error.response['Error']['Code']}"
    return "may be somebody's"

"""Lambda functions, and resources that a function makes."""

from collections.abc import Mapping
from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.client import client
from local_cloud.cloudformation.resource import Properties, ResourceType, properties
from local_cloud.credentials import NotAssumableError, for_role
from local_cloud.functions.function import unsupported
from local_cloud.functions.retries import DESTINATIONS
from local_cloud.functions.speakers import SERVICE
from local_cloud.replace import borrow

CUSTOM_RESOURCE = "AWS::CloudFormation::CustomResource"

_functions: dict[str, Any] = borrow(
    "ministack.services.lambda_svc", "_functions", AccountRegionScopedDict, "keep all properties of a function"
)


def complete_function(name: str, new: Properties, old: Properties) -> None:
    """Refuse a function that would not run, and put what ministack drops: its dead-letter queue and its reserved concurrency."""
    problems = unsupported(new) + _not_sent_to(new.get("DeadLetterConfig", {}).get("TargetArn"))
    if problems:
        raise ValueError(f"function {name} is not in the local cloud: {'; '.join(problems)}")
    if not _functions[name]["code_zip"]:
        raise ValueError(f"function {name} has no code: there is no object {new.get('Code')}")
    try:
        for_role(new["Role"], name, SERVICE, _functions[name]["config"]["FunctionArn"])
    except NotAssumableError as problem:
        raise ValueError(f"The role defined for the function cannot be assumed by Lambda. {problem}") from problem
    functions = client("lambda")
    if "DeadLetterConfig" in new or "DeadLetterConfig" in old:
        functions.update_function_configuration(FunctionName=name, DeadLetterConfig=new.get("DeadLetterConfig", {"TargetArn": ""}))
    if "ReservedConcurrentExecutions" in new:
        reserved = int(new["ReservedConcurrentExecutions"])
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=reserved)
    elif "ReservedConcurrentExecutions" in old:
        functions.delete_function_concurrency(FunctionName=name)


def delete_function(name: str, _: Properties) -> None:
    """Delete a function and end its process."""
    functions = client("lambda")
    try:
        functions.delete_function(FunctionName=name)
    except functions.exceptions.ResourceNotFoundException:
        return  # deleted by hand: the stack has what it wants


def check_destinations(_: str, new: Properties, __: Properties) -> None:
    """Refuse destinations that are not in the local cloud."""
    sides = (new.get("DestinationConfig") or {}).values()
    problems = [problem for side in sides for problem in _not_sent_to((side or {}).get("Destination"))]
    if problems:
        raise ValueError(f"not in the local cloud: {'; '.join(problems)}")


def custom_resource_problem(name: str, resource: Mapping[str, Any]) -> str | None:
    """Return why a custom resource is not in the local cloud; None where it is."""
    given = resource.get("Properties") or {}
    return None if "ServiceToken" in given else f"the custom resource {name} without a ServiceToken"


def is_custom(type_name: str) -> bool:
    """Tell whether a type is one that the stack's own function makes."""
    return type_name == CUSTOM_RESOURCE or type_name.startswith("Custom::")


def _not_sent_to(arn: str | None) -> list[str]:
    if not arn or arn.split(":")[2] in DESTINATIONS:
        return []
    return [f"the destination {arn}; it has {', '.join(DESTINATIONS)}"]


TYPES = (
    ResourceType(
        "AWS::Lambda::Function",
        properties(
            "Architectures Code DeadLetterConfig Description Environment EphemeralStorage FunctionName Handler Layers LoggingConfig",
            "MemorySize PackageType ReservedConcurrentExecutions Role Runtime Tags Timeout TracingConfig",
        ),
        complete=complete_function,
        delete=delete_function,
    ),
    ResourceType(
        "AWS::Lambda::EventInvokeConfig",
        properties("DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts Qualifier"),
        complete=check_destinations,
    ),
    ResourceType("AWS::Lambda::Permission", properties("Action FunctionName Principal SourceAccount SourceArn")),
)

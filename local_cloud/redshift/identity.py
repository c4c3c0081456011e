"""IAM around Redshift: roles that it reads with, what its callers may do, and on what."""

import json
from collections.abc import Callable
from typing import Any

from local_cloud.credentials import NotAssumableError, for_role
from local_cloud.environment import ACCOUNT, REGION
from local_cloud.glue.denials import Denials, Watch
from local_cloud.redshift.failure import SqlError
from local_cloud.redshift.places import resource_of
from local_cloud.redshift.records import ARN
from local_cloud.redshift.runs import Runs
from local_cloud.redshift.serverless import Serverless
from local_cloud.redshift.spectrum import Keys
from local_cloud.replace import borrow

SERVICE = "redshift.amazonaws.com"
OWNER = "redshift-data:statement-owner-iam-userid"
EVALUATOR = "ministack.core.iam_evaluator"


class SpectrumRoles:
    """Credentials of roles, with a watch on what is denied to them."""

    def __init__(self, denials: Denials) -> None:
        self._denials = denials
        self._watches: dict[str, Watch] = {}

    def keys(self, role: str) -> Keys:
        """Return credentials of a role for one session.

        Raises:
            SqlError: Redshift cannot assume it.
        """
        try:
            made = for_role(role, "RedshiftIamRoleSession", SERVICE)
        except NotAssumableError as error:
            raise SqlError(f"Not authorized to get credentials of role {role}: {error}") from error
        while len(self._watches) > 100:  # the sessions of these are over
            self._denials.forget(next(iter(self._watches)))
            self._watches.pop(next(iter(self._watches)))
        self._watches[made.access_key] = self._denials.watch(made.access_key, give_up=lambda: None)
        return Keys(made.access_key, made.secret_key, made.token)

    def denied(self, keys: Keys) -> list[str]:
        """Return what has been denied to a session."""
        watch = self._watches.get(keys.access_key)
        return watch.messages() if watch else []


def named(serverless: Serverless) -> Callable[[Callable[..., str]], Callable[..., str]]:
    """Return a wrapper of ministack's naming of what a request is about, for requests to Redshift."""

    def around(original: Callable[..., str]) -> Callable[..., str]:
        def extract_resource_arn(
            service: str, method: str, path: str, headers: Any, body: bytes, query_params: Any, region: str, account_id: str
        ) -> str:
            if service == "redshift-data":
                return resource_of(serverless, _fields(body))
            if service == "redshift-serverless":
                return _serverless_resource(serverless, headers.get("x-amz-target", "").rpartition(".")[2], _fields(body))
            return original(service, method, path, headers, body, query_params, region, account_id)

        return extract_resource_arn

    return around


def owned(runs: Runs) -> Callable[[Callable[..., dict[str, Any]]], Callable[..., dict[str, Any]]]:
    """Return a wrapper of the condition keys of requests that tells whose a statement is."""

    def around(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
        def request_tag_context(service: str, iam_action: str, body: bytes, params: Any) -> dict[str, Any]:
            keys = original(service, iam_action, body, params)
            found = runs.find(str(_fields(body).get("Id"))) if service == "redshift-data" else None
            return keys | ({OWNER: found[0].owner} if found else {})

        return request_tag_context

    return around


def with_variables(original: Callable[..., bool]) -> Callable[..., bool]:
    """Wrap the comparison of conditions so that `${aws:userid}` stands for the caller's, which ministack takes as text."""
    resolve = borrow(EVALUATOR, "_resolve_condition_key", ("key", "ctx"), "fill in the variables of policies")

    def _conditions_met(conditions: dict[str, Any], ctx: Any) -> bool:
        return original(_filled(conditions, lambda key: str(resolve(key, ctx) or "")), ctx)

    return _conditions_met


def _filled(value: Any, resolve: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(item, resolve) for key, item in value.items()}
    if isinstance(value, list):
        return [_filled(item, resolve) for item in value]
    variable = "${aws:userid}"
    return value.replace(variable, resolve("aws:userid")) if isinstance(value, str) and variable in value else value


def _serverless_resource(serverless: Serverless, operation: str, data: dict[str, Any]) -> str:
    if data.get("resourceArn"):
        return str(data["resourceArn"])
    for records, key, arn in (
        (serverless.workgroups, "workgroupName", "workgroupArn"),
        (serverless.namespaces, "namespaceName", "namespaceArn"),
        (serverless.limits.records, "usageLimitId", "usageLimitArn"),
    ):
        if data.get(key) in records and not operation.startswith("Create"):
            return str(records[data[key]][arn])
    return f"{ARN}:*" if operation.startswith("Create") else f"arn:aws:redshift-serverless:{REGION}:{ACCOUNT}:*"


def _fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body or b"{}")
    except ValueError:
        return {}  # the service refuses the request itself
    return fields if isinstance(fields, dict) else {}

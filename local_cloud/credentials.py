"""Temporary credentials of a service role, as the service itself would get them."""

import json
import re
import secrets
import time
from dataclasses import dataclass
from typing import Any

from local_cloud.environment import ACCOUNT, REGION
from local_cloud.replace import borrow

SECONDS = 12 * 60 * 60
"""That credentials are valid; the longest session of a role on AWS."""

_STS = "ministack.services.sts"
_EVALUATOR = "ministack.core.iam_evaluator"
_register = borrow(_STS, "register_session", ("access_key", "session"), "make credentials known")
_role_id = borrow(_STS, "_role_id", ("role_arn",), "know the id of a role")
_roles = borrow("ministack.services.iam", "_roles", object, "read trust policies")
_evaluate = borrow(
    _EVALUATOR, "evaluate_resource_policy", ("doc", "ctx", "service", "named_only", "direct_only"), "evaluate trust policies"
)
_Context = borrow(_EVALUATOR, "EvalContext", type, "evaluate trust policies")


class NotAssumableError(Exception):
    """A service cannot assume a role: there is none, or its trust policy does not name the service."""


@dataclass(frozen=True)
class Credentials:
    """An access key that speaks for a role."""

    access_key: str
    secret_key: str
    token: str

    def variables(self) -> dict[str, str]:
        """Return the environment variables from which an SDK takes them."""
        return {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key, "AWS_SESSION_TOKEN": self.token}


def for_role(
    role: str, session_name: str, service: str = "glue.amazonaws.com", source_arn: str | None = None, external_id: str | None = None
) -> Credentials:
    """Return credentials of a role for a service.

    Args:
        role: ARN of the role, or its name.
        session_name: what the session is called; characters that AWS does not take become dashes, and 64 are kept.
        service: principal of the service that assumes the role.
        source_arn: resource on whose behalf it does, for trust policies with a condition on aws:SourceArn.
        external_id: that the service names, for trust policies with a condition on sts:ExternalId.

    Raises:
        NotAssumableError: there is no such role, or it does not trust the service.
    """
    name = role.rpartition("/")[2]
    found = _roles.get(name)
    if found is None:
        raise NotAssumableError(f"{service} cannot assume {role}: there is no such role")
    if not _trusts(found, service, {"aws:sourcearn": source_arn, "sts:externalid": external_id}):
        raise NotAssumableError(f"{service} cannot assume {found['Arn']}: its trust policy does not allow sts:AssumeRole to this service")
    credentials = Credentials("ASIA" + secrets.token_hex(8).upper(), secrets.token_hex(20), secrets.token_hex(64))
    _register(credentials.access_key, _session(found["Arn"], re.sub(r"[^\w+=,.@-]", "-", session_name)[:64], credentials))
    return credentials


def _trusts(role: dict[str, Any], service: str, said: dict[str, str | None]) -> bool:
    document = json.loads(role["AssumeRolePolicyDocument"])
    statements = document.get("Statement", [])
    # A trust policy names no resource: it stands on the role that it is about.
    about_the_role = [statement | {"Resource": "*"} for statement in (statements if isinstance(statements, list) else [statements])]
    context = _Context(
        principal_arn=service,
        principal_type="Service",
        principal_account=ACCOUNT,
        action="sts:AssumeRole",
        resource_arn=role["Arn"],
        region=REGION,
        service_context={"aws:sourceaccount": ACCOUNT, **said},
    )
    allowed: bool = _evaluate({"Statement": about_the_role}, context, service).decision == "Allow"
    return allowed


def _session(role_arn: str, name: str, credentials: Credentials) -> dict[str, Any]:
    return {
        "Arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_arn.rpartition('/')[2]}/{name}",
        "UserId": f"{_role_id(role_arn)}:{name}",
        "SecretAccessKey": credentials.secret_key,
        "SessionToken": credentials.token,
        "Expiration": time.time() + SECONDS,
        "AccountId": ACCOUNT,
        "PrincipalType": "AssumedRole",
        "SessionPolicies": None,
        "SessionTags": [],
    }

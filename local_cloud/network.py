"""Amazon VPC: of all that is called EC2, the networks alone; ministack would report instances as running that nothing runs."""

import json
import re
from collections.abc import Callable
from typing import Any
from xml.sax.saxutils import escape

from local_cloud.gate import REFUSED
from local_cloud.replace import borrow, wrap

KEPT = re.compile(
    r"(Create|Delete|Describe|Modify|Associate|Disassociate|Replace|Authorize|Revoke)"
    r"(AvailabilityZones|FlowLogs|NetworkAcls|Routes?|RouteTables?|SecurityGroups?|SecurityGroup(Egress|Ingress|Rules)|Subnets?|SubnetAttribute|Tags"
    r"|VpcAttribute|VpcEndpoints?|Vpcs?)"
)
"""Operations on what a template may have."""


def install() -> None:
    """Refuse the other operations by name."""
    actions = borrow("ministack.services.ec2", "_ACTION_MAP", dict, "leave the networks of EC2 alone")
    error = borrow("ministack.services.ec2", "_error", ("code", "message", "status"), "refuse the rest of EC2")
    for name in [name for name in actions if not KEPT.fullmatch(name)]:
        actions[name] = _refusing(name, error)
    wrap("ministack.services.ec2", "_vpce_fields_xml", _whole_endpoint, "show policy, groups and names of an endpoint")


def _whole_endpoint(original: Callable[..., str]) -> Callable[..., str]:
    """Show of an endpoint what ministack keeps and does not tell."""

    def _vpce_fields_xml(ep: dict[str, Any], tag: str = "item") -> str:
        policy, groups = ep.get("PolicyDocument"), ep.get("SecurityGroupIds") or []
        text = policy if isinstance(policy, str) else json.dumps(policy) if policy else ""
        more = f"<policyDocument>{escape(text)}</policyDocument>" if text else ""
        more += f"<privateDnsEnabled>{str(ep.get('PrivateDnsEnabled', False)).lower()}</privateDnsEnabled>"
        more += f"<groupSet>{''.join(f'<item><groupId>{group}</groupId></item>' for group in groups)}</groupSet>"
        return original(ep, tag).removesuffix(f"</{tag}>") + f"{more}</{tag}>"

    return _vpce_fields_xml


def _refusing(operation: str, error: Callable[[str, str, int], Any]) -> Callable[[Any], Any]:
    return lambda _: error(REFUSED, f"{operation} is not in the local cloud; of EC2 it has networks alone", 501)

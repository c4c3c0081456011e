"""What Redshift Serverless refuses of a namespace, a workgroup or a usage limit.

Sources: the API reference of Redshift Serverless, and "Considerations when using Amazon Redshift Serverless" in its management guide.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

NAME = re.compile(r"[a-z0-9-]{3,64}")
LEAST_RPUS, MOST_RPUS, FINE_RPUS = 4, 1024, 512
PARAMETERS = {
    "auto_mv",
    "datestyle",
    "enable_case_sensitive_identifier",
    "enable_user_activity_logging",
    "max_query_execution_time",
    "query_group",
    "require_ssl",
    "search_path",
    "use_fips_ssl",
}
"""Configuration parameters that are kept; only max_query_execution_time does something here."""
LIMITS = {
    "usageType": ("serverless-compute", "cross-region-datasharing"),
    "period": ("daily", "weekly", "monthly"),
    "breachAction": ("log", "emit-metric", "deactivate"),
}


def of_name(kind: str, name: str) -> list[str]:
    """Return what is wrong with a name."""
    return [] if NAME.fullmatch(name) else [f"{kind} {name!r} must be 3 to 64 lower-case letters, digits and hyphens"]


def of_namespace(record: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a namespace."""
    problems = []
    default, roles = record.get("defaultIamRoleArn"), record.get("iamRoles") or []
    if default and default not in roles:
        problems.append(f"the default role {default} must be one of iamRoles: {', '.join(roles) or 'none'}")
    if record.get("manageAdminPassword") and record.get("adminUserPassword"):
        problems.append("adminUserPassword cannot be given where manageAdminPassword is true")
    return problems


def of_workgroup(record: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a workgroup, its network aside."""
    problems = []
    base, most = record.get("baseCapacity", 128), record.get("maxCapacity")
    if not _is_capacity(base):
        problems.append(f"baseCapacity {base} must be 4, a multiple of 8 from 8 to 512, or a multiple of 32 up to 1024")
    if most is not None and (not _is_capacity(most) or most < base):
        problems.append(f"maxCapacity {most} must be a capacity of at least the base capacity {base}")
    unknown = sorted({parameter["parameterKey"] for parameter in record.get("configParameters") or []} - PARAMETERS)
    if unknown:
        problems.append(f"configParameters {', '.join(unknown)} are not known; there are {', '.join(sorted(PARAMETERS))}")
    return problems


def of_subnets(subnets: Sequence[Mapping[str, Any]], wanted: Sequence[str]) -> list[str]:
    """Return what is wrong with the subnets of a workgroup.

    Args:
        subnets: those of `wanted` that there are, in the form of EC2's API.
    """
    missing = sorted(set(wanted) - {subnet["SubnetId"] for subnet in subnets})
    if missing:
        return [f"there is no subnet {', '.join(missing)}"]
    zones = {subnet["AvailabilityZone"] for subnet in subnets}
    if len(zones) < 3:
        return [f"a workgroup needs subnets in at least 3 Availability Zones, these are in {len(zones)}: {', '.join(sorted(zones))}"]
    return []


def of_limit(record: Mapping[str, Any]) -> list[str]:
    """Return what is wrong with a usage limit."""
    problems = [
        f"{name} {record[name]!r} must be one of {', '.join(allowed)}"
        for name, allowed in LIMITS.items()
        if record.get(name) and record[name] not in allowed
    ]
    return problems if int(record["amount"]) > 0 else [*problems, f"amount {record['amount']} must be positive"]


def _is_capacity(capacity: int) -> bool:
    if capacity == LEAST_RPUS:
        return True
    step = 8 if capacity <= FINE_RPUS else 32
    return 8 <= capacity <= MOST_RPUS and capacity % step == 0

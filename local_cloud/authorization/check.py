"""One question to IAM."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Check:
    """May the caller do `action`, of `service`, to the resource with this ARN?"""

    service: str
    action: str
    resource: str

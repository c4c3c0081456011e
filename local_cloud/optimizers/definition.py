"""What an optimizer is: Glue's configuration of it, checked for what the local cloud cannot do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.glue.parameters import NotUnderstoodError

COMPACTION, RETENTION, ORPHANS = "compaction", "retention", "orphan_file_deletion"
OWN = {COMPACTION: "compactionConfiguration", RETENTION: "retentionConfiguration", ORPHANS: "orphanFileDeletionConfiguration"}
# what each may be told here, with the values that do something
TOLD: dict[str, dict[str, tuple[Any, ...]]] = {
    COMPACTION: {"strategy": ("binpack",), "minInputFiles": ()},
    RETENTION: {"snapshotRetentionPeriodInDays": (), "numberOfSnapshotsToRetain": (), "cleanExpiredFiles": (True,)},
    ORPHANS: {"orphanFileRetentionPeriodInDays": ()},
}
# Glue's own, where a configuration says nothing
DEFAULTS = {
    COMPACTION: {"minInputFiles": 2},  # Glue waits for 100; here two show what it does
    RETENTION: {"snapshotRetentionPeriodInDays": 5, "numberOfSnapshotsToRetain": 1},
    ORPHANS: {"orphanFileRetentionPeriodInDays": 3},
}


@dataclass(frozen=True)
class Optimizer:
    """One optimizer of a table.

    Attributes:
        told: numbers by their names in Glue's API, with Glue's defaults for those that were left out.
    """

    kind: str
    role: str
    enabled: bool
    told: Mapping[str, int]

    @classmethod
    def from_configuration(cls, kind: str, configuration: Mapping[str, Any]) -> "Optimizer":
        """Return the optimizer that a TableOptimizerConfiguration describes.

        Raises:
            NotUnderstoodError: it lacks a role, or asks for something that is not here; the message names it.
        """
        if kind not in OWN:
            raise NotUnderstoodError(f"the optimizer's type is {kind!r}, the local cloud has {', '.join(OWN)}")
        if not configuration.get("roleArn"):
            raise NotUnderstoodError("the optimizer has no roleArn, which says under which role it works")
        others = sorted(configuration.keys() - {"roleArn", "enabled", OWN[kind]})
        if others:
            raise NotUnderstoodError(f"the {kind} optimizer has {', '.join(others)}, the local cloud has roleArn, enabled and {OWN[kind]}")
        told = (configuration.get(OWN[kind]) or {}).get("icebergConfiguration") or {}
        for name, value in told.items():
            if name not in TOLD[kind]:
                raise NotUnderstoodError(f"the {kind} optimizer is told {name}, the local cloud has {', '.join(TOLD[kind])}")
            possible = TOLD[kind][name]
            if possible and value not in possible:
                raise NotUnderstoodError(f"the {kind} optimizer's {name} is {value!r}, the local cloud has {possible[0]}")
        numbers = {name: int(value) for name, value in told.items() if not TOLD[kind][name]}
        return cls(kind, configuration["roleArn"], bool(configuration.get("enabled", True)), {**DEFAULTS[kind], **numbers})

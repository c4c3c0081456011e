"""Every rule, in the order in which findings are shown."""

from collections.abc import Sequence

from lake_constructs.validation.rule import Finding, Rule
from lake_constructs.validation.rules import (
    actions,
    athena,
    costs,
    delivery,
    encryption,
    events,
    glue,
    machines,
    metrics,
    names,
    pulls,
    redshift,
    roles,
    streams,
)
from lake_constructs.validation.templates import Templates

MODULES = (encryption, delivery, roles, machines, events, glue, athena, streams, pulls, redshift, costs, metrics, actions, names)
RULES: Sequence[Rule] = tuple(found for module in MODULES for found in vars(module).values() if isinstance(found, Rule))


def findings(templates: Templates) -> list[Finding]:
    """Return what every rule finds."""
    return [finding for rule in RULES for finding in rule.findings(templates)]

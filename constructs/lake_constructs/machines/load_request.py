"""Load request: a copy whose product was refreshed is being loaded, or a load of it starts; the lease coalesces, as it does for refreshes."""

from lake_constructs.machines.lease import LOAD_LEASE, request
from lake_constructs.machines.states import State, choice, expression


def load_request(ledger: str, load: str) -> State:
    """Return the definition.

    Args:
        ledger: name of the table.
        load: ARN of the machine that loads.
    """
    asked = "$states.input.`detail-type` in ['Dataset Refreshed', 'Load Requested'] and $exists($states.input.detail.dataset)"
    return {
        "Comment": "Sees to it that a copy of the warehouse is loaded.",
        "QueryLanguage": "JSONata",
        "StartAt": "WhatHappened",
        "States": {
            "WhatHappened": choice([(asked, "TakeRequest")], "NotForUs"),
            "NotForUs": {"Type": "Fail", "Error": "UnknownEvent", "Cause": expression("$string($states.input)")},
            "TakeRequest": {"Type": "Pass", "Output": {"dataset": expression("$states.input.detail.dataset")}, "Next": "NameExecution"},
            **request(ledger, load, lease=LOAD_LEASE),
            # this execution is about one dataset, so there is no other that a failure would keep from its request
            "NotRequested": {"Type": "Fail", "Error": "NotRequested", "Cause": expression("$cause")},
        },
    }

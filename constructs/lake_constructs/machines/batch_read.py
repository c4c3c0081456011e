"""Reading many items of the ledger at once, all of them or none.

DynamoDB may leave a part of a batch unread: that part is asked for again, after a pause that grows, and what was never read passes for nothing at all.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
"""

from collections.abc import Mapping
from typing import Any

from lake_constructs.machines.states import State, choice, expression, task

MOST_KEYS = 100
MOST_READS = 5


def wanted(table: str, keys: str, *, into: str = "items") -> dict[str, object]:
    """Return what is assigned before a read of the items with these keys, an expression; `into` is the variable that they are read into."""
    return {
        f"{into}Unread": expression(f"{{'{table}': {{'Keys': {keys}, 'ConsistentRead': true}}}}"),
        f"{into}Reads": 0,
        into: [],
    }


def batch_read(
    table: str, what: str, *, then: str, otherwise: str, caught: Mapping[str, Any], into: str = "items", cause: str = "cause"
) -> dict[str, State]:
    """Return the states that read all items that are `wanted`.

    Args:
        what: names the states, as Inputs.
        otherwise: where it goes when keys stay unread.
        caught: the catcher of a read that fails.
        cause: the variable that says that keys stayed unread.
    """
    unread, reads = f"{into}Unread", f"{into}Reads"
    return {
        f"Read{what}": task(
            "aws-sdk:dynamodb:batchGetItem",
            {"RequestItems": expression(f"${unread}")},
            f"Were{what}Read",
            Assign={
                into: expression(f"[$append(${into}, $lookup($states.result.Responses, '{table}'))]"),
                unread: expression("$exists($states.result.UnprocessedKeys) ? $states.result.UnprocessedKeys : {}"),
                reads: expression(f"${reads} + 1"),
            },
            Catch=[dict(caught)],
        ),
        f"Were{what}Read": choice(
            [(f"$count($keys(${unread})) = 0", then), (f"${reads} < {MOST_READS}", f"Pause{what}")], f"{what}NotRead"
        ),
        f"Pause{what}": {"Type": "Wait", "Seconds": expression(f"$power(2, ${reads} - 1)"), "Next": f"Read{what}"},
        f"{what}NotRead": {
            "Type": "Pass",
            "Assign": {cause: "DynamoDB left keys of the ledger unread, again and again"},
            "Next": otherwise,
        },
    }

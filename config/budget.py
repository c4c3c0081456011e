"""Settings of the budget, with the rules by which AWS refuses it."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass
from pydantic_core import PydanticCustomError

CHECKED = ConfigDict(extra="forbid")
MOST_ADDRESSES = 10  # that one notification of a budget goes to


@dataclass(frozen=True, kw_only=True, config=CHECKED)
class BudgetSettings:
    """What a month may cost before people are told; nothing is stopped by it.

    Attributes:
        monthly_usd: US dollars; None makes no budget.
        tag: a key of `tags`: what carries it is counted, once it is activated as a cost allocation tag; None counts the whole account.
    """

    monthly_usd: Annotated[float, Field(gt=0)] | None = None
    tag: str | None = None


def check_budget(budget: BudgetSettings, notify: Sequence[str], tags: Mapping[str, str]) -> None:
    """Raise an error for a budget that nobody would hear of, or that counts nothing."""
    if budget.monthly_usd is None:
        return
    if not 1 <= len(notify) <= MOST_ADDRESSES:
        raise PydanticCustomError(
            "budget",
            "has {number} addresses to tell: name 1 to {most} in notify",
            {"key": "budget.monthly_usd", "number": len(notify), "most": MOST_ADDRESSES},
        )
    if budget.tag is not None and budget.tag not in tags:
        raise PydanticCustomError(
            "budget",
            "is {tag}, which no resource carries: tags has {keys}",
            {"key": "budget.tag", "tag": budget.tag, "keys": ", ".join(tags) or "none"},
        )

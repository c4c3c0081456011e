"""The budget of an environment."""

from constructs import Construct

from config.settings import Settings
from lake_constructs.budget import MonthlyBudget
from stacks.names import BUDGET, Names


def add_budget(scope: Construct, settings: Settings) -> None:
    """Define the budget, where the settings have one."""
    budget = settings.budget
    if budget.monthly_usd is None:
        return
    MonthlyBudget(
        scope,
        "Budget",
        name=Names(settings.name).of(BUDGET),
        usd=budget.monthly_usd,
        emails=settings.notify,
        tag=(budget.tag, settings.tags[budget.tag]) if budget.tag else None,
    )

"""A limit of a month's cost that people are told of."""

from collections.abc import Sequence

from aws_cdk import aws_budgets as budgets
from constructs import Construct

# kind of notification -> percents of the limit; AWS looks at the bill some times a day, so none of them stops anything
THRESHOLDS = {"ACTUAL": (80, 100), "FORECASTED": (100,)}


class MonthlyBudget(Construct):
    """A budget whose notifications go out by e-mail; it costs nothing itself, since it starts no action."""

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, usd: float, emails: Sequence[str], tag: tuple[str, str] | None
    ) -> None:
        """Define the budget.

        Args:
            usd: US dollars in a calendar month.
            emails: who is told; ten at the most.
            tag: key and value of what is counted, once the key is activated as a cost allocation tag; None counts the whole account.
        """
        super().__init__(scope, construct_id)
        subscribers = [budgets.CfnBudget.SubscriberProperty(address=email, subscription_type="EMAIL") for email in emails]
        self.budget = budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=name,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=usd, unit="USD"),
                # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Budget.html has how a tag is written
                cost_filters={"TagKeyValue": [f"user:{tag[0]}${tag[1]}"]} if tag else None,
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind, comparison_operator="GREATER_THAN", threshold=percent, threshold_type="PERCENTAGE"
                    ),
                    subscribers=subscribers,
                )
                for kind, percents in THRESHOLDS.items()
                for percent in percents
            ],
        )

import pytest

from contracts.schedule import problem


@pytest.mark.parametrize(
    "text",
    [
        "cron(15 4 * * ? *)",
        "cron(0/5 8-17 ? * MON-FRI *)",
        "cron(0,30 * 1,15 JAN-JUN ? 2026-2030)",
        "cron(0 3 L * ? *)",
        "cron(0 3 15W * ? *)",
        "cron(0 3 ? * 6L *)",
        "cron(0 3 ? * FRI#2 *)",
    ],
)
def test_a_schedule_that_glue_takes_is_taken(text: str) -> None:
    assert problem(text) is None


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("15 4 * * ? *", "is no schedule, expected cron(minutes hours day-of-month month day-of-week year)"),
        ("rate(5 minutes)", "is no schedule"),
        ("cron(15 4 * * ?)", "is no schedule"),
        ("cron(60 4 * * ? *)", "has '60' for minutes, expected 0 to 59"),
        ("cron(0 24 * * ? *)", "has '24' for hours, expected 0 to 23"),
        ("cron(0 4 32 * ? *)", "has '32' for day of month"),
        ("cron(0 4 * FEBR ? *)", "has 'FEBR' for month"),
        ("cron(0 4 ? * 8 *)", "has '8' for day of week, expected 1 to 7"),
        ("cron(0 4 * * ? 1969)", "has '1969' for year"),
        ("cron(30-10 4 * * ? *)", "has '30-10' for minutes"),
        ("cron(0/0 4 * * ? *)", "has '0/0' for minutes"),
        ("cron(0 ? * * ? *)", "has '?' for hours"),
        ("cron(0 4 * * * *)", "needs ? for one of day of month and day of week"),
        ("cron(0 4 ? * ? *)", "needs ? for one of day of month and day of week"),
        ("cron(0/4 4 * * ? *)", "starts every 4 min, expected 5 min or more apart"),
        ("cron(2,58 * * * ? *)", "starts every 4 min"),
    ],
)
def test_a_schedule_that_glue_refuses_is_refused_with_what_is_allowed(text: str, told: str) -> None:
    assert told in (problem(text) or "")

"""CloudWatch: metrics that the services here send, and alarms that are looked at by a clock, with their dimensions and their missing data."""

from local_cloud.replace import borrow, replace, wrap


def install() -> None:
    """Evaluate alarms our way, and let a clock look at them."""
    # they need ministack, which the evaluation of datapoints does without
    from local_cloud.cloudwatch import alarms, clock, inbox, logs, refusals, suppression
    from local_cloud.cloudwatch.metrics import MODULE

    wrap(MODULE, "_dispatch_alarm_actions", alarms.as_allowed, "ask topic and key before an alarm publishes")
    suppression.install()
    act = borrow(MODULE, "_dispatch_alarm_actions", ("alarm", "old_state", "new_state", "reason"), "carry out actions")
    evaluate = alarms.evaluating(act)
    replace(MODULE, "_evaluate_alarm", evaluate, "evaluate an alarm")
    wrap(MODULE, "_put_metric_alarm", refusals.of_alarm(evaluate), "refuse alarms that are not evaluated")
    wrap(MODULE, "_put_composite_alarm", refusals.of_composite_alarm, "keep which alarm keeps a composite alarm quiet")
    wrap(MODULE, "_get_metric_data", refusals.of_metric_data, "refuse metric math of queries")
    inbox.install()
    logs.install()
    clock.start()

"""AWS Lambda: functions in Python, run by Python on this machine, each in a process of its own under its own role."""


def install() -> None:
    """Run functions in this process's local cloud."""
    from local_cloud.functions import replacements  # it needs ministack, which most else in here does without

    replacements.install()

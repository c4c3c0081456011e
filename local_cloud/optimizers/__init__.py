"""AWS Glue's table optimizers: kept as Glue keeps them, carried out by Spark's procedures when somebody asks for it."""


def install() -> None:
    """Keep and run optimizers in this process's local cloud."""
    from local_cloud.optimizers import replacements  # it needs ministack, which all else in here does without

    replacements.install()

"""Amazon Athena: DuckDB on this machine, reading Iceberg tables where the Glue catalog says they are."""


def install() -> None:
    """Answer queries in this process's local cloud."""
    from local_cloud.athena import replacements  # it needs ministack, which all else in here does without

    replacements.install()

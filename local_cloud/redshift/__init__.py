"""Amazon Redshift Serverless and its Data API: a DuckDB file for each namespace, with Redshift's SQL translated."""


def install() -> None:
    """Answer for warehouses in this process's local cloud."""
    from local_cloud.redshift import services  # it needs ministack, which all else in here does without

    services.install()

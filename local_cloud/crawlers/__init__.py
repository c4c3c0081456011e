"""AWS Glue crawlers: tables made from what lies in S3, seen with the rights of the crawler's own role."""


def install() -> None:
    """Run crawlers in this process's local cloud."""
    from local_cloud.crawlers import replacements  # it needs ministack, which all else in here does without

    replacements.install()

"""Pages as objects of the raw zone."""

import gzip
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

DIGEST = 16  # hexadecimal digits of a name; two pages of one day that agree in them are the same


@dataclass(frozen=True)
class Raw:
    """Where the pages of one dataset land.

    Attributes:
        client: of S3.
        folder: of the dataset's pages, as `departures/api`.
    """

    client: Any
    bucket: str
    folder: str

    def put(self, day: str, page: int, records: Sequence[str]) -> bool:
        """Put a page where it is not there yet; return whether it was put.

        The name is made of day, page and content, and what is there is left alone: a page that is fetched again is the same object in
        the same version, announced once and read once.
        """
        lines = "".join(f"{record}\n" for record in records).encode()
        name = f"page-{page:05}-{hashlib.sha256(lines).hexdigest()[:DIGEST]}.json.gz"
        try:
            self.client.put_object(
                Bucket=self.bucket, Key=f"{self.folder}/ingest_date={day}/{name}", Body=gzip.compress(lines, mtime=0), IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "PreconditionFailed":
                raise
            return False
        return True

"""UNLOAD: the result of a query as an object of S3, written with the rights of a role of the namespace."""

import re
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from botocore.exceptions import ClientError
from sqlglot import exp

from local_cloud.environment import home
from local_cloud.redshift.failure import NotTranslatedError, SqlError
from local_cloud.redshift.parsing import duckdb_sql, parse
from local_cloud.redshift.queries import Translator
from local_cloud.redshift.session import Session

_UNLOAD = re.compile(
    r"\s*unload\s*\(\s*(?:'(?P<query>(?:[^']|'')*)'|\$\$(?P<plain>.*?)\$\$)\s*\)\s*to\s+'(?P<place>s3://[^']+)'"
    r"\s+iam_role\s+(?P<role>default|'[^']+')(?P<options>.*?);?\s*",
    re.IGNORECASE | re.DOTALL,
)
_OPTIONS = re.compile(
    r"format\s+(?:as\s+)?(?P<format>parquet|csv)|(?P<header>header)|(?P<overwrite>allowoverwrite)|parallel\s+(?:on|off)", re.IGNORECASE
)


def of(sql: str, freshen: Callable[[Session, str, str], None]) -> Callable[[Session], int] | None:
    """Return what carries out an UNLOAD, and tells how many rows it wrote; None where a text is none."""
    if not re.match(r"\s*unload\b", sql, re.IGNORECASE):
        return None
    found = _UNLOAD.fullmatch(sql)
    if found is None:
        raise NotTranslatedError("an UNLOAD but as unload ('QUERY') to 's3://...' iam_role ... format parquet", sql)
    return lambda session: _unload(session, found, freshen)


def _unload(session: Session, found: re.Match[str], freshen: Callable[[Session, str, str], None]) -> int:
    rest = _OPTIONS.sub("", found["options"]).strip()
    options = [option.groupdict() for option in _OPTIONS.finditer(found["options"])]
    form = next((option["format"].lower() for option in options if option["format"]), None)
    if rest or form is None:
        raise NotTranslatedError(f"UNLOAD with {rest}" if rest else "UNLOAD without format parquet or csv", found.string)
    query = parse(found["plain"] or found["query"].replace("''", "'"))
    if not isinstance(query, exp.Query):
        raise SqlError("UNLOAD takes a query")
    address = urlsplit(found["place"])
    bucket, key = address.netloc, f"{address.path.lstrip('/')}0000_part_00{'.parquet' if form == 'parquet' else ''}"
    s3 = session.spectrum.keys(session.role(found["role"])).client("s3")
    translated = duckdb_sql(Translator(session, freshen).translate(query))
    is_csv = f", HEADER {any(option['header'] for option in options)}" if form == "csv" else ""
    with TemporaryDirectory(dir=_folder()) as folder:
        file = Path(folder) / "unloaded"
        rows = session.rows(f"COPY ({translated}) TO '{file}' (FORMAT {form}{is_csv})")[0][0]
        try:
            if not any(option["overwrite"] for option in options) and s3.list_objects_v2(Bucket=bucket, Prefix=key, MaxKeys=1).get(
                "Contents"
            ):
                raise SqlError(f"Specified unload destination on S3 is not empty: s3://{bucket}/{key}; consider the option ALLOWOVERWRITE")
            s3.put_object(Bucket=bucket, Key=key, Body=file.read_bytes())
        except ClientError as error:
            raise SqlError(f"S3ServiceException: {error.response['Error']['Message']}") from error
    return int(rows)


def _folder() -> Path:
    folder = home() / "tmp"
    folder.mkdir(parents=True, exist_ok=True)
    return folder

from collections.abc import Callable
from pathlib import Path

import pytest

TABLE = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:lake:{name}
name: {name}
version: 1.0.0
status: active
domain: shop
team: {{name: data-platform}}
servers:
  - {{server: files, type: s3, location: {name}/files/, format: csv}}
schema:
  - name: {name}
    logicalType: object
    properties:
      - {{name: id, logicalType: integer, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: amount, logicalType: number}}
customProperties:
  - property: lake
    value: {{zone: processed, load: upsert}}
"""
PRODUCT = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:lake:{name}
name: {name}
version: 1.0.0
status: active
domain: shop
team: {{name: data-platform}}
schema:
  - name: {name}
    logicalType: object
    properties:
      - {{name: total, logicalType: number, transformSourceObjects: [orders]}}
customProperties:
  - property: lake
    value: {{zone: consumer, refresh: full}}
"""

Dataset = Callable[..., Path]


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """A dataset's folder: `dataset("orders", ("id", "ident"))` with one text replaced, `dataset("totals", sql=...)` for a product."""

    def make(name: str, *replaced: tuple[str, str], sql: str | None = None) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        text = (TABLE if sql is None else PRODUCT).format(name=name)
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        (folder / "contract.yaml").write_text(text, encoding="utf-8")
        if sql is not None:
            (folder / "transform.sql").write_text(sql, encoding="utf-8")
        return folder

    return make

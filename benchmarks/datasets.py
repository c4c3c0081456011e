"""Many datasets, made up: contracts as a company would have them, in a few domains, every fifth one a product."""

from pathlib import Path

DOMAINS = ("finance", "logistics", "marketing", "sales", "support")
PRODUCT_EACH = 5  # the fifth of five reads the one before it
CONTRACT = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:benchmarks:{name}
name: {name}
version: 1.0.0
status: active
domain: {domain}
description: {{purpose: Made up to see how many datasets a lake holds.}}
team: {{name: {domain}}}
servers: [{{server: files, type: s3, location: {name}/files/, format: csv}}]
schema:
  - name: {name}
    logicalType: object
    properties:
      - {{name: sold_at, logicalType: timestamp, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 2}}
      - {{name: amount, logicalType: number, logicalTypeOptions: {{minimum: 0}}}}
slaProperties: [{{property: freshness, value: 26, unit: h}}]
customProperties: [{{property: lake, value: {{zone: processed, load: upsert, partitionBy: [month(sold_at)]}}}}]
"""
PRODUCT = """\
apiVersion: v3.1.0
kind: DataContract
id: urn:benchmarks:{name}
name: {name}
version: 1.0.0
status: active
domain: {domain}
description: {{purpose: Made up to see how many products a lake holds.}}
team: {{name: {domain}}}
schema:
  - name: {name}
    logicalType: object
    properties:
      - {{name: day, logicalType: date, required: true, primaryKey: true, primaryKeyPosition: 1}}
      - {{name: rows, logicalType: integer, physicalType: bigint}}
slaProperties: [{{property: freshness, value: 26, unit: h}}]
customProperties: [{{property: lake, value: {{zone: consumer, refresh: full}}}}]
"""
SQL = "select to_date(sold_at) as day, count(*) as rows from {input} group by to_date(sold_at)\n"


def write(folder: Path, count: int) -> list[Path]:
    """Write `count` datasets, spread over the domains, and return their folders."""
    folders = []
    for number in range(count):
        name, domain = f"made_up_{number:03}", DOMAINS[number // PRODUCT_EACH % len(DOMAINS)]
        own = folder / name
        own.mkdir(parents=True, exist_ok=True)
        is_product = number % PRODUCT_EACH == PRODUCT_EACH - 1
        (own / "contract.yaml").write_text((PRODUCT if is_product else CONTRACT).format(name=name, domain=domain), encoding="utf-8")
        if is_product:
            (own / "transform.sql").write_text(SQL.format(input=f"made_up_{number - 1:03}"), encoding="utf-8")
        folders.append(own)
    return folders

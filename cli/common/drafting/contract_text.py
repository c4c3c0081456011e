"""A draft as the text of a contract, with the reason beside each guess."""

import json
import re

from cli.common.drafting.guess import Draft, Guess

PLAIN = re.compile(r"[A-Za-z][\w.]*( [\w.]+)*")
WORDS_OF_YAML = {"true", "false", "yes", "no", "on", "off", "null", "y", "n"}
LOGICAL = {
    "string": "string", "boolean": "boolean", "int": "integer", "double": "number", "date": "date", "timestamp": "timestamp",
    "tinyint": "integer", "smallint": "integer", "bigint": "integer", "float": "number",
}  # fmt: skip
NEEDS_NO_PHYSICAL_TYPE = {"string", "boolean", "int", "double", "date", "timestamp"}


def written(draft: Draft, name: str, domain: str) -> str:
    """Return the contract of dataset `name` as YAML."""
    sample = draft.sample
    server = f"server: files, type: s3, location: {name}/files/, format: {sample.format}"
    if sample.format == "csv":
        server += f", delimiter: {scalar(sample.delimiter)}"
    lines = [
        f"# Drafted from {one_line(sample.file.name)}, {draft.rows:,} records; what it could not tell is yours to say: description, domain, team, rules.",
        "apiVersion: v3.1.0",
        "kind: DataContract",
        f"id: urn:lake:{name}",
        f"name: {name}",
        "version: 0.1.0",
        "status: draft",
        f"domain: {domain}",
        f"description: {{purpose: {scalar(f'What {sample.file.name} holds.')}}}",
        "team: {name: data-platform}",
        "servers:",
        f"  - {{{server}}}",
        "schema:",
        f"  - name: {name}",
        "    logicalType: object",
        "    properties:",
        *(line for column in draft.columns for line in _property(draft, column)),
        "roles:",
        "  - {role: analyst, access: read}",
        *(f"# {one_line(why)}" for why in draft.why),
        "customProperties:",
        "  - property: lake",
        f"    value: {{{', '.join(_lake(draft))}}}",
        "",
    ]
    return "\n".join(lines)


def _property(draft: Draft, column: Guess) -> list[str]:
    parts = [f"name: {column.name}"]
    if column.source != column.name:
        parts.append(f"physicalName: {scalar(column.source)}")
    parts.append(f"logicalType: {LOGICAL.get(column.type, 'number')}")
    if column.type not in NEEDS_NO_PHYSICAL_TYPE:
        parts.append(f"physicalType: {scalar(column.type)}")
    if column.required:
        parts.append("required: true")
    if column.name in draft.key:
        parts.append(f"primaryKey: true, primaryKeyPosition: {list(draft.key).index(column.name) + 1}")
    return [f"      # {one_line(column.why)}", f"      - {{{', '.join(parts)}}}"]


def _lake(draft: Draft) -> list[str]:
    parts = ["zone: processed", f"load: {'upsert' if draft.key else 'append'}"]
    if draft.partition_by:
        parts.append(f"partitionBy: [{', '.join(draft.partition_by)}]")
    if draft.latest_by:
        parts.append(f"latestBy: [{', '.join(draft.latest_by)}]")
    source = [*([] if draft.sample.header else ["header: false"]), *(["multiline: true"] if draft.sample.multiline else [])]
    if draft.null_value is not None:
        source.append(f"nullValue: {scalar(draft.null_value)}")
    return [*parts, *([f"source: {{{', '.join(source)}}}"] if source else [])]


def scalar(text: str) -> str:
    """Return a text as YAML: as it is where nothing can be read into it, else in quotes."""
    return text if PLAIN.fullmatch(text) and text.lower() not in WORDS_OF_YAML else json.dumps(text, ensure_ascii=False)


def one_line(text: str) -> str:
    return re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+", " ", text)

"""Athena workgroups."""

from collections.abc import Iterator

from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

LEAST_CUTOFF = 10_000_000  # bytes; https://docs.aws.amazon.com/athena/latest/APIReference/API_WorkGroupConfiguration.html
ENCRYPTIONS = ("CSE_KMS", "SSE_KMS", "SSE_S3")
ENGINES = ("AUTO", "Athena engine version 2", "Athena engine version 3", "PySpark engine version 3")


@rule("AWS::Athena::WorkGroup", mend="set it as https://docs.aws.amazon.com/athena/latest/ug/workgroups.html says")
def workgroup_answers(templates: Templates, workgroup: Resource) -> Iterator[str]:
    """A workgroup without a valid place for results deploys, and refuses each query."""
    configuration = workgroup.properties.get("WorkGroupConfiguration", {})
    result = configuration.get("ResultConfiguration", {})
    location = templates.text(workgroup.stack, result.get("OutputLocation", ""))
    if not location.startswith("s3://") or not location.endswith("/"):
        yield f"OutputLocation is {location!r}; it starts with s3:// and ends with /"
    encryption = result.get("EncryptionConfiguration", {})
    option = encryption.get("EncryptionOption")
    if encryption and option not in ENCRYPTIONS:
        yield f"EncryptionOption is {option!r}; it may be {', '.join(ENCRYPTIONS)}"
    if option in ("CSE_KMS", "SSE_KMS") and "KmsKey" not in encryption:
        yield f"EncryptionOption is {option}, but there is no KmsKey"
    cutoff = configuration.get("BytesScannedCutoffPerQuery", LEAST_CUTOFF)
    if cutoff < LEAST_CUTOFF:
        yield f"BytesScannedCutoffPerQuery is {cutoff}; it is at least {LEAST_CUTOFF}"
    engine = configuration.get("EngineVersion", {}).get("SelectedEngineVersion", "AUTO")
    if engine not in ENGINES:
        yield f"SelectedEngineVersion is {engine!r}; it may be {', '.join(ENGINES)}"
    if not configuration.get("EnforceWorkGroupConfiguration", True):
        yield "its users may choose another place and encryption: EnforceWorkGroupConfiguration is false"

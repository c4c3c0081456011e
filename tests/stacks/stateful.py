"""What must never be replaced: the identity of each resource that holds state or that another stack refers to."""

from typing import Any

from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER  # type: ignore[import-untyped]  # cfn-lint ships no types

from tests.stacks.synthesis import Assembly

STATEFUL = ("AWS::DynamoDB::Table", "AWS::Glue::Database", "AWS::Kinesis::Stream", "AWS::KMS::Key", "AWS::S3::Bucket")
# they go with their stack, since what they hold can be made anew; but to replace one breaks whoever refers to it until that is deployed too
PINNED = (
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::Subnet",
    "AWS::EC2::VPC",
    "AWS::RedshiftServerless::Namespace",
    "AWS::RedshiftServerless::Workgroup",
    "AWS::SNS::Topic",
)


def identities(assembly: Assembly, region: str) -> dict[str, dict[str, Any]]:
    """Return, by stack and logical id, what a resource is known by and what replaces it when it changes."""
    return {
        f"{stack}/{name}": {
            "Type": resource["Type"],
            "DeletionPolicy": resource.get("DeletionPolicy"),
            "UpdateReplacePolicy": resource.get("UpdateReplacePolicy"),
            "CreateOnly": create_only(resource, region),
        }
        for (stack, name), resource in sorted(assembly.resources(*STATEFUL, *PINNED).items())
    }


def create_only(resource: dict[str, Any], region: str) -> dict[str, Any]:
    """Return the properties that CloudFormation can set only by making the resource anew."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(region, resource["Type"]).schema
    names = {pointer.removeprefix("/properties/").split("/")[0] for pointer in schema.get("createOnlyProperties", [])}
    return {name: value for name, value in resource.get("Properties", {}).items() if name in names}


def referred_to(assembly: Assembly) -> set[tuple[str, str]]:
    """Return the (stack, logical id) of each resource that another stack refers to."""
    wanted = {
        (reference["StackName"].split("-", 1)[1].title(), reference["OutputName"])
        for template in assembly.templates.values()
        for reference in _found(template, "Fn::GetStackOutput")
    }
    return {
        (stack, target)
        for stack, output in wanted
        for reference in _found(assembly.templates[stack]["Outputs"][output]["Value"], "Ref", "Fn::GetAtt")
        for target in [reference if isinstance(reference, str) else reference[0]]
    }


def _found(value: Any, *intrinsics: str) -> list[Any]:
    if isinstance(value, dict):
        return [value[name] for name in intrinsics if name in value] + [hit for part in value.values() for hit in _found(part, *intrinsics)]
    return [hit for part in value for hit in _found(part, *intrinsics)] if isinstance(value, list) else []

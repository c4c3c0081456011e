"""Redshift Serverless: namespaces and workgroups, changed where they are, since one that is replaced loses what it holds."""

from typing import Any

from local_cloud.client import client
from local_cloud.cloudformation.resource import Own, Properties, ResourceType, properties
from local_cloud.shapes import parameters

SERVICE = "redshift-serverless"
OF_NAMESPACE = (
    "AdminPasswordSecretKmsKeyId AdminUsername DbName DefaultIamRoleArn IamRoles KmsKeyId LogExports ManageAdminPassword NamespaceName"
)
OF_WORKGROUP = "BaseCapacity ConfigParameters EnhancedVpcRouting MaxCapacity NamespaceName Port PricePerformanceTarget PubliclyAccessible"
ONLY_AT_CREATION = {"namespace": ("NamespaceName", "DbName"), "workgroup": ("WorkgroupName", "NamespaceName")}


def create_namespace(_: str, given: Properties, __: str) -> tuple[str, Properties]:
    """Create a namespace."""
    made = client(SERVICE).create_namespace(**parameters(SERVICE, "CreateNamespace", given))["namespace"]
    return made["namespaceName"], _attributes("Namespace", made)


def update_namespace(name: str, old: Properties, new: Properties) -> Properties:
    """Update a namespace where it is."""
    changed = _changed("namespace", name, old, new)
    found = client(SERVICE).update_namespace(**parameters(SERVICE, "UpdateNamespace", {**changed, "NamespaceName": name}))["namespace"]
    return _attributes("Namespace", found)


def delete_namespace(name: str, _: Properties) -> None:
    """Delete a namespace with its database, unless it is gone."""
    redshift = client(SERVICE)
    try:
        redshift.delete_namespace(namespaceName=name)
    except redshift.exceptions.ResourceNotFoundException:
        return  # deleted by hand: the stack has what it wants


def create_workgroup(_: str, given: Properties, __: str) -> tuple[str, Properties]:
    """Create a workgroup."""
    made = client(SERVICE).create_workgroup(**parameters(SERVICE, "CreateWorkgroup", given))["workgroup"]
    return made["workgroupName"], _attributes("Workgroup", made)


def update_workgroup(name: str, old: Properties, new: Properties) -> Properties:
    """Update a workgroup where it is."""
    changed = _changed("workgroup", name, old, new)
    found = client(SERVICE).update_workgroup(**parameters(SERVICE, "UpdateWorkgroup", {**changed, "WorkgroupName": name}))["workgroup"]
    return _attributes("Workgroup", found)


def delete_workgroup(name: str, _: Properties) -> None:
    """Delete a workgroup, unless it is gone."""
    redshift = client(SERVICE)
    try:
        redshift.delete_workgroup(workgroupName=name)
    except redshift.exceptions.ResourceNotFoundException:
        return  # deleted by hand: the stack has what it wants


def _changed(kind: str, name: str, old: Properties, new: Properties) -> Properties:
    """Return the properties of an update.

    Raises:
        ValueError: one of them cannot be changed.
    """
    fixed = [key for key in ONLY_AT_CREATION[kind] if old.get(key) != new.get(key)]
    if fixed:
        raise ValueError(
            f"{', '.join(fixed)} of {kind} {name} cannot be changed in the local cloud: it would be replaced, and lose what it holds"
        )
    # tags are not part of the API's update
    return {key: value for key, value in new.items() if key not in (*ONLY_AT_CREATION[kind], "Tags")}


def _attributes(kind: str, record: dict[str, Any]) -> Properties:
    """Return what Fn::GetAtt gives: members of the record as `Workgroup.WorkgroupArn` and `Workgroup.Endpoint.Address`."""
    attributes: Properties = {}
    for name, value in record.items():
        shown = f"{kind}.{name[:1].upper()}{name[1:]}"
        if isinstance(value, dict):
            attributes |= {f"{shown}.{inner[:1].upper()}{inner[1:]}": item for inner, item in value.items()}
        else:
            attributes[shown] = value
    return {name: value for name, value in attributes.items() if isinstance(value, str | int)}


TYPES = (
    ResourceType(
        "AWS::RedshiftServerless::Namespace",
        properties(OF_NAMESPACE, "Tags"),
        own=Own(create_namespace, delete_namespace, update_namespace),
    ),
    ResourceType(
        "AWS::RedshiftServerless::Workgroup",
        properties(OF_WORKGROUP, "SecurityGroupIds SubnetIds Tags WorkgroupName"),
        own=Own(create_workgroup, delete_workgroup, update_workgroup),
    ),
)

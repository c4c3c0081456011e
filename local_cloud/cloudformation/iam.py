"""IAM, KMS and the parameters and repository that the CDK bootstrap needs."""

from local_cloud.client import client
from local_cloud.cloudformation.resource import Properties, ResourceType, properties


def complete_role(name: str, new: Properties, old: Properties) -> None:
    """Put a role's permissions boundary, or take it away."""
    iam = client("iam")
    if boundary := new.get("PermissionsBoundary"):
        iam.put_role_permissions_boundary(RoleName=name, PermissionsBoundary=boundary)
    elif "PermissionsBoundary" in old:
        iam.delete_role_permissions_boundary(RoleName=name)


TYPES = (
    ResourceType(
        "AWS::IAM::Role",
        properties(
            "AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary Policies RoleName Tags"
        ),
        complete=complete_role,
    ),
    ResourceType("AWS::IAM::Policy", properties("Groups PolicyDocument PolicyName Roles Users")),
    ResourceType("AWS::IAM::ManagedPolicy", properties("Description Groups ManagedPolicyName Path PolicyDocument Roles Users")),
    ResourceType(
        "AWS::KMS::Key",
        properties(
            "Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage MultiRegion Origin PendingWindowInDays",
            "RotationPeriodInDays Tags",
        ),
    ),
    ResourceType("AWS::KMS::Alias", properties("AliasName TargetKeyId")),
    ResourceType("AWS::SSM::Parameter", properties("AllowedPattern DataType Description Name Tags Tier Type Value")),
    ResourceType(
        "AWS::ECR::Repository",
        properties("ImageScanningConfiguration ImageTagMutability LifecyclePolicy RepositoryName RepositoryPolicyText Tags"),
    ),
    ResourceType("AWS::CDK::Metadata", properties("Analytics")),
)

"""Redshift Serverless: a namespace, which holds data, and a workgroup, which has the capacity."""

from collections.abc import Mapping, Sequence

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_redshiftserverless as redshift
from constructs import Construct

from lake_constructs.log_group import log_group
from lake_constructs.nag import acknowledge_wildcards

DATABASE, ADMINISTRATOR = "lake", "lake_admin"


class Warehouse(Construct):
    """A warehouse that is encrypted, audited, and reached by the Data API alone."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        encryption_key: kms.IKey,
        role: iam.IRole,
        audit_log: Sequence[str],
        log_days: int,
    ) -> None:
        """Define the namespace; `serve` defines the workgroup.

        Args:
            name: literal name of namespace and workgroup, by which its secret, its logs and its metrics are named.
            role: by which it reads the lake.
            audit_log: what is written to CloudWatch Logs.
        """
        super().__init__(scope, construct_id)
        self.name = name
        groups = [
            # Redshift would make them without an end, and without the key
            log_group(self, kind, name=f"/aws/redshift/{name}/{kind}", encryption_key=encryption_key, days=log_days)
            for kind in audit_log
        ]
        self.namespace = redshift.CfnNamespace(
            self,
            "Namespace",
            namespace_name=name,
            db_name=DATABASE,
            admin_username=ADMINISTRATOR,
            manage_admin_password=True,
            admin_password_secret_kms_key_id=encryption_key.key_arn,
            kms_key_id=encryption_key.key_arn,
            default_iam_role_arn=role.role_arn,
            iam_roles=[role.role_arn],  # the default one has to stand among them
            log_exports=list(audit_log),
        )
        self.namespace.node.add_dependency(role, *groups)

    @property
    def admin_secret(self) -> str:
        """The name of the administrator's secret, which Redshift makes: CloudFormation tells no ARN of it."""
        return f"redshift!{self.name}-{ADMINISTRATOR}"

    def serve(
        self, *, base_rpus: int, max_rpus: int, statement_seconds: int, subnet_ids: Sequence[str], security_group_ids: Sequence[str]
    ) -> redshift.CfnWorkgroup:
        """Define the workgroup, and return it."""
        parameters = {
            "enable_user_activity_logging": "true",
            "max_query_execution_time": str(statement_seconds),
            "require_ssl": "true",
            "search_path": "lake, native, public",
        }
        self.workgroup = redshift.CfnWorkgroup(
            self,
            "Workgroup",
            workgroup_name=self.name,
            namespace_name=self.namespace.namespace_name,
            base_capacity=base_rpus,
            max_capacity=max_rpus,
            # on by default, and then it would scale by its own forecast, which AWS advises against for small capacities
            price_performance_target=redshift.CfnWorkgroup.PerformanceTargetProperty(status="DISABLED"),
            enhanced_vpc_routing=True,
            publicly_accessible=False,
            subnet_ids=list(subnet_ids),
            security_group_ids=list(security_group_ids),
            config_parameters=[
                redshift.CfnWorkgroup.ConfigParameterProperty(parameter_key=key, parameter_value=value) for key, value in parameters.items()
            ],
        )
        self.workgroup.add_resource_dependency(self.namespace)
        return self.workgroup


def lake_reader_role(scope: Construct, construct_id: str, statements: Sequence[iam.PolicyStatement]) -> iam.Role:
    """Return the role by which a warehouse reads the lake; both names of the service have to be trusted."""
    services = [iam.ServicePrincipal(f"{name}.amazonaws.com") for name in ("redshift", "redshift-serverless")]
    role = iam.Role(scope, construct_id, assumed_by=iam.CompositePrincipal(*services), description="Reads the lake for the warehouse.")
    for statement in statements:
        role.add_to_policy(statement)
    acknowledge_wildcards(role, statements, "All tables of a zone, which jobs make.")
    return role


def secret_arns(stack: Stack, name: str) -> str:
    """Return a pattern of the ARN of a secret with a known name: Secrets Manager adds six characters to it."""
    return stack.format_arn(
        service="secretsmanager", resource="secret", resource_name=f"{name}-??????", arn_format=ArnFormat.COLON_RESOURCE_NAME
    )


def tags_of_database_roles(*roles: str) -> Mapping[str, str]:
    """Return the tag that gives an IAM role some roles of the database.

    https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-iam-access-federated-db-roles.html
    """
    return {"RedshiftDbRoles": ":".join(roles)}

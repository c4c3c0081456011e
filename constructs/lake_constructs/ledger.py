"""The ledger: which objects arrived, which refresh accounted for them, who may refresh."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_kms as kms
from constructs import Construct


class Ledger(Construct):
    """A table of small items by dataset; docs/ledger.md lists them.

    The index `pending` is sparse: an object stands in it until a refresh has accounted for it. It is a local index, so that it
    can be read consistently; a table cannot be given one later.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, encryption_key: kms.IKey, protected: bool, removal_policy: RemovalPolicy
    ) -> None:
        super().__init__(scope, construct_id)
        self.table = dynamodb.Table(
            self,
            "Table",
            partition_key=dynamodb.Attribute(name="dataset", type=dynamodb.AttributeType.STRING),
            sort_key=dynamodb.Attribute(name="item", type=dynamodb.AttributeType.STRING),
            billing_mode=dynamodb.BillingMode.PAY_PER_REQUEST,
            encryption=dynamodb.TableEncryption.CUSTOMER_MANAGED,
            encryption_key=encryption_key,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True),
            deletion_protection=protected,
            removal_policy=removal_policy,
        )
        self.table.add_local_secondary_index(
            index_name="pending",
            sort_key=dynamodb.Attribute(name="pending", type=dynamodb.AttributeType.STRING),
            projection_type=dynamodb.ProjectionType.ALL,
        )

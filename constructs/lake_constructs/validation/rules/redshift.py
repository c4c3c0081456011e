"""Redshift Serverless: that it is closed, bounded, and can read what it is for. cdk-nag has rules for clusters alone."""

from collections.abc import Iterator, Sequence

from lake_constructs.validation.policies import Statement, many, of_role, role_allows, statements
from lake_constructs.validation.rule import rule
from lake_constructs.validation.templates import Resource, Templates

NAMESPACE, WORKGROUP = "AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup"
LIMIT, MIGRATIONS = "Custom::LakeUsageLimit", "Custom::LakeMigrations"
TRUSTED = ("redshift.amazonaws.com", "redshift-serverless.amazonaws.com")
ZONES = 3
STREAMS, STREAMS_ENDPOINT = "kinesis", "kinesis-streams"  # in policies, and in the name of the endpoint
OF_THE_LAKE = ("dynamodb", "glue", "s3", STREAMS)  # what the network of the warehouse has endpoints to
PARAMETERS = {"enable_user_activity_logging": ("true",), "require_ssl": ("true",), "max_query_execution_time": None}
# custom resource -> what its function calls
CALLS = {
    LIMIT: tuple(f"redshift-serverless:{verb}" for verb in ("CreateUsageLimit", "DeleteUsageLimit", "ListUsageLimits", "UpdateUsageLimit")),
    MIGRATIONS: (
        *(
            f"redshift-data:{verb}"
            for verb in ("BatchExecuteStatement", "CancelStatement", "DescribeStatement", "ExecuteStatement", "GetStatementResult")
        ),
        "kms:Decrypt",
        "secretsmanager:GetSecretValue",
        "states:StartExecution",
    ),
}


@rule(NAMESPACE, mend="set KmsKeyId, ManageAdminPassword, AdminPasswordSecretKmsKeyId and LogExports, and no password")
def namespace_is_encrypted_and_audited(templates: Templates, namespace: Resource) -> Iterator[str]:
    """A password in a template is everybody's who reads the template; what is not logged cannot be looked up later."""
    held = namespace.properties
    yield from (f"it has no {name}" for name in ("KmsKeyId", "AdminPasswordSecretKmsKeyId") if name not in held)
    if held.get("ManageAdminPassword") is not True:
        yield "its administrator's password is not managed"
    if "AdminUserPassword" in held:
        yield "its administrator's password stands in the template"
    if "connectionlog" not in held.get("LogExports", []):
        yield "it does not log who connects"


@rule(
    NAMESPACE,
    mend="let the role trust both names of the service, name it in IamRoles, and allow it to find, list, read and decrypt the tables",
)
def namespace_can_read_the_lake(templates: Templates, namespace: Resource) -> Iterator[str]:
    """A role that lacks one of these deploys, and fails each query of the lake."""
    role = templates.target(namespace.stack, namespace.properties.get("DefaultIamRoleArn"))
    if role is None:
        yield "it has no DefaultIamRoleArn, by which SQL names its role"
        return
    if role not in templates.targets(namespace.stack, namespace.properties.get("IamRoles", [])):
        yield f"its default role {role} is not among its IamRoles"
    trusted = list(statements(templates, role.stack, role.properties["AssumeRolePolicyDocument"]))
    if lost := [name for name in TRUSTED if not any(held.allows and name in held.services for held in trusted)]:
        yield f"its role {role} does not trust {', '.join(lost)}"
    held = of_role(templates, role)
    found = [database for database in templates.resources("AWS::Glue::Database") if _finds(templates, held, database)]
    if not found:
        yield f"its role {role} may find no database of the catalog"
    for database in found:
        bucket = templates.target(database.stack, database.properties["DatabaseInput"].get("LocationUri"))
        yield from _may_not_read(templates, role, held, bucket) if bucket else ()


def _finds(templates: Templates, held: tuple[Statement, ...], database: Resource) -> bool:
    name = templates.text(database.stack, database.properties["DatabaseInput"]["Name"])
    where = f"arn:aws:glue:{database.stack.region}:{database.stack.account}"
    wanted = {
        "glue:GetDatabase": f"{where}:database/{name}",
        "glue:GetTable": f"{where}:table/{name}/x",
        "glue:GetTables": f"{where}:catalog",
    }
    return all(role_allows(held, action, resource) for action, resource in wanted.items())


def _may_not_read(templates: Templates, role: Resource, held: tuple[Statement, ...], bucket: Resource) -> Iterator[str]:
    own = templates.identity(bucket)
    wanted = {"s3:ListBucket": own, "s3:GetObject": f"{own}/x"}
    yield from (f"its role {role} may not call {action} on {bucket}" for action, on in wanted.items() if not role_allows(held, action, on))


@rule(
    WORKGROUP, mend="close and bound it: three subnets, enhanced routing, no public access, TLS, a statement timeout, a greatest capacity"
)
def workgroup_is_closed_and_bounded(templates: Templates, workgroup: Resource) -> Iterator[str]:
    """Each has a default that is open, or has no end."""
    held = workgroup.properties
    if held.get("PubliclyAccessible") is not False:
        yield "it may be reached from the internet"
    if held.get("EnhancedVpcRouting") is not True:
        yield "it reads and writes S3 past its network: EnhancedVpcRouting is not set"
    if len(held.get("SubnetIds", [])) < ZONES:
        yield f"it has {len(held.get('SubnetIds', []))} subnets; with enhanced routing it needs three, in three zones"
    if not isinstance(held.get("MaxCapacity"), int) or held["MaxCapacity"] < held.get("BaseCapacity", 128):
        yield f"MaxCapacity is {held.get('MaxCapacity')}, and BaseCapacity {held.get('BaseCapacity')}"
    given = {found["ParameterKey"]: found["ParameterValue"] for found in held.get("ConfigParameters", [])}
    for name, allowed in PARAMETERS.items():
        if name not in given or (allowed and given[name] not in allowed):
            yield f"its parameter {name} is {given.get(name)!r}"


@rule(WORKGROUP, mend=f"give it a {LIMIT} with BreachAction deactivate")
def workgroup_has_a_limit_that_acts(templates: Templates, workgroup: Resource) -> Iterator[str]:
    """A limit that only tells of a breach is read the day after, and the greatest capacity bounds no bill."""
    limits = [
        limit for limit in templates.resources(LIMIT) if workgroup in templates.targets(limit.stack, limit.properties.get("WorkgroupArn"))
    ]
    if not any(limit.properties.get("BreachAction") == "deactivate" and int(limit.properties.get("RpuHours", 0)) > 0 for limit in limits):
        yield "nothing refuses its queries when they have used more than they may"


@rule(LIMIT, MIGRATIONS, mend="allow it in the policy of the function's role")
def function_may_do_its_work(templates: Templates, made: Resource) -> Iterator[str]:
    """A custom resource whose function is denied something fails the deploy, and then its rollback."""
    function = templates.target(made.stack, made.properties.get("ServiceToken"))
    role = templates.target(function.stack, function.properties.get("Role")) if function else None
    if function is None or role is None:
        yield "its function, or the function's role, is not among these templates"
        return
    held = of_role(templates, role)
    lost = [action for action in CALLS[made.type] if not any(statement.allows and statement.speaks_of(action) for statement in held)]
    if lost:
        yield f"the role {role} of its function may not call {', '.join(lost)}"


@rule(WORKGROUP, mend="give its network a gateway to S3 and an interface to Glue, for all its subnets, that its security group may reach")
def workgroup_reaches_the_lake(templates: Templates, workgroup: Resource) -> Iterator[str]:
    """With enhanced routing all goes through its network: without these a query of the lake waits until it times out."""
    subnets = templates.targets(workgroup.stack, workgroup.properties.get("SubnetIds", []))
    if not subnets:
        return  # a network of somebody else's
    gateways = _endpoints(templates, "s3", "Gateway")
    routed = {table for found in gateways for table in templates.targets(found.stack, found.properties.get("RouteTableIds", []))}
    links = templates.resources("AWS::EC2::SubnetRouteTableAssociation")
    led = {
        subnet
        for link in links
        if routed.intersection(templates.targets(link.stack, link.properties.get("RouteTableId")))
        for subnet in templates.targets(link.stack, link.properties.get("SubnetId"))
    }
    yield from (f"its subnet {subnet} has no way to S3" for subnet in subnets if subnet not in led)
    groups = templates.targets(workgroup.stack, workgroup.properties.get("SecurityGroupIds", []))
    for service in _asked(templates):
        yield from _no_door(templates, service, groups)
    yield from (f"its subnet {subnet} gives public addresses" for subnet in subnets if subnet.properties.get("MapPublicIpOnLaunch"))


def _asked(templates: Templates) -> list[str]:
    """Return the services that a warehouse asks through interfaces: Glue for its tables, and Kinesis where it reads streams."""
    held = (one for role in _readers(templates) for one in of_role(templates, role) if one.allows)
    streams = any(action.startswith(f"{STREAMS}:") for one in held for action in one.actions)
    return ["glue", *([STREAMS_ENDPOINT] if streams else [])]


def _no_door(templates: Templates, service: str, groups: Sequence[Resource]) -> Iterator[str]:
    interfaces = _endpoints(templates, service, "Interface")
    if not any(found.properties.get("PrivateDnsEnabled") for found in interfaces):
        yield f"its subnets have no way to {service} by the service's own name"
    doors = [group for found in interfaces for group in templates.targets(found.stack, found.properties.get("SecurityGroupIds", []))]
    if not any(_lets_in(templates, door, group) for door in doors for group in groups):
        yield f"no rule lets its security group into the interface to {service}"


@rule("AWS::EC2::VPCEndpoint", mend="allow in its PolicyDocument what the warehouse's role may do with that service, and nothing else")
def endpoint_lets_the_warehouse_through(templates: Templates, endpoint: Resource) -> Iterator[str]:
    """An endpoint's policy and a role's have to allow a call both; what one of them alone allows is a mistake in the other."""
    name = str(templates.text(endpoint.stack, endpoint.properties.get("ServiceName"))).rpartition(".")[2]
    service = STREAMS if name == STREAMS_ENDPOINT else name
    policy = list(statements(templates, endpoint.stack, endpoint.properties.get("PolicyDocument", {})))
    let = tuple(held for held in policy if held.allows)
    if not policy:
        yield "it has no policy of its own, and so lets every call through"
    if templates.target(endpoint.stack, endpoint.properties.get("VpcId")) not in _networks(templates):
        return
    for role in _readers(templates):
        held = tuple(held for held in of_role(templates, role) if held.allows)
        if service not in OF_THE_LAKE and not any(action.startswith(f"{service}:") for one in held for action in one.actions):
            continue  # it is there for somebody else in the same network
        for action, on in _lost(held, let, service):
            yield f"it stops {action} on {on}, which the role {role} may do"
        for action, on in _lost(let, held, service):
            yield f"it lets {action} on {on} through, which the role {role} may not do"


def _lost(given: tuple[Statement, ...], kept: tuple[Statement, ...], service: str) -> Iterator[tuple[str, str]]:
    """Yield each action of a service, with its resource, that some statements allow and others do not."""
    for statement in given:
        for action in statement.actions:
            if action.startswith(f"{service}:"):
                yield from ((action, on) for on in statement.resources if not role_allows(kept, action, on.replace("*", "x")))


def _readers(templates: Templates) -> list[Resource]:
    """Return the roles by which warehouses read the lake."""
    found = [templates.target(one.stack, one.properties.get("DefaultIamRoleArn")) for one in templates.resources(NAMESPACE)]
    return [role for role in found if role is not None]


def _networks(templates: Templates) -> list[Resource | None]:
    """Return the networks of the warehouses."""
    subnets = [
        subnet for one in templates.resources(WORKGROUP) for subnet in templates.targets(one.stack, one.properties.get("SubnetIds", []))
    ]
    return [templates.target(subnet.stack, subnet.properties.get("VpcId")) for subnet in subnets]


def _endpoints(templates: Templates, service: str, kind: str) -> list[Resource]:
    found = templates.resources("AWS::EC2::VPCEndpoint")
    return [
        endpoint
        for endpoint in found
        if endpoint.properties.get("VpcEndpointType") == kind
        and templates.text(endpoint.stack, endpoint.properties.get("ServiceName")) == f"com.amazonaws.{endpoint.stack.region}.{service}"
    ]


def _lets_in(templates: Templates, door: Resource, group: Resource) -> bool:
    return any(
        rule_.get("FromPort", 0) <= 443 <= rule_.get("ToPort", 0)
        and group in templates.targets(door.stack, rule_.get("SourceSecurityGroupId"))
        for rule_ in many(door.properties.get("SecurityGroupIngress"))
    )

import json
import signal

from tests.local_cloud.running import ACCOUNT, LocalCloud, until

WAITS = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 300, "End": True}}}


def fill(cloud: LocalCloud) -> str:
    """Put something into several services and return the version of an object."""
    s3, dynamodb = cloud.client("s3"), cloud.client("dynamodb")
    s3.create_bucket(Bucket="kept")
    s3.put_bucket_versioning(Bucket="kept", VersioningConfiguration={"Status": "Enabled"})
    first: str = s3.put_object(Bucket="kept", Key="a", Body=b"first")["VersionId"]
    s3.put_object(Bucket="kept", Key="a", Body=b"second")
    dynamodb.create_table(
        TableName="kept",
        KeySchema=[{"AttributeName": "dataset", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "dataset", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    dynamodb.put_item(TableName="kept", Item={"dataset": {"S": "flights"}, "n": {"N": "1"}})
    cloud.client("glue").create_database(DatabaseInput={"Name": "kept"})
    return first


def assert_kept(cloud: LocalCloud, first: str) -> None:
    s3 = cloud.client("s3")
    assert s3.get_object(Bucket="kept", Key="a")["Body"].read() == b"second"
    assert s3.get_object(Bucket="kept", Key="a", VersionId=first)["Body"].read() == b"first"
    item = cloud.client("dynamodb").get_item(TableName="kept", Key={"dataset": {"S": "flights"}})["Item"]
    assert item == {"dataset": {"S": "flights"}, "n": {"N": "1"}}
    assert cloud.client("glue").get_database(Name="kept")["Database"]["Name"] == "kept"


def test_all_is_there_after_a_stop_and_a_start(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    first = fill(own_cloud)
    assert own_cloud.end() == (0, "")
    own_cloud.start()
    assert_kept(own_cloud, first)


def test_after_a_kill_all_is_there_up_to_the_last_checkpoint_and_the_start_says_what_is_lost(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    first = fill(own_cloud)
    tables = own_cloud.home / "state" / "glue.json"
    until(lambda: tables.exists() and "kept" in tables.read_text())
    own_cloud.end(signal.SIGKILL)
    own_cloud.start()
    assert_kept(own_cloud, first)
    code, said = own_cloud.end()
    assert code == 0
    assert "was not stopped but killed; all that happened since" in said


def test_an_execution_that_ran_when_the_local_cloud_stopped_has_failed_after_the_start(own_cloud: LocalCloud) -> None:
    own_cloud.start()
    machines, role = own_cloud.client("stepfunctions"), own_cloud.role("waits", [], "states.amazonaws.com")
    machine = machines.create_state_machine(name="waits", definition=json.dumps(WAITS), roleArn=role)["stateMachineArn"]
    execution = machines.start_execution(stateMachineArn=machine, name="one", input="{}")["executionArn"]
    assert execution == f"arn:aws:states:us-east-1:{ACCOUNT}:execution:waits:one"
    own_cloud.end()
    own_cloud.start()
    found = own_cloud.client("stepfunctions").describe_execution(executionArn=execution)
    assert found["status"] == "FAILED"
    assert "restarted" in found["cause"]

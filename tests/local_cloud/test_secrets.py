import json

from tests.local_cloud.running import LocalCloud, refusal

READ = "secretsmanager:GetSecretValue"


def test_a_secret_is_read_by_who_may_read_it_under_the_name_that_aws_gives_it(cloud: LocalCloud) -> None:
    cloud.client("secretsmanager").create_secret(Name="lake/read", SecretString="word")
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:lake/read-??????"
    reader = cloud.client("secretsmanager", cloud.assume(cloud.role("reads-secret", [{"Action": READ, "Resource": arn}])))
    other = cloud.client(
        "secretsmanager", cloud.assume(cloud.role("reads-other", [{"Action": READ, "Resource": arn.replace("read", "other")}]))
    )
    assert reader.get_secret_value(SecretId="lake/read")["SecretString"] == "word"
    assert "AccessDenied" in refusal(other.get_secret_value, SecretId="lake/read")


def test_a_secret_under_a_customer_s_key_is_read_by_who_may_use_that_too(cloud: LocalCloud) -> None:
    key = cloud.client("kms").create_key()["KeyMetadata"]["Arn"]
    cloud.client("secretsmanager").create_secret(Name="lake/keyed", SecretString="word", KmsKeyId=key)
    reader = cloud.client("secretsmanager", cloud.assume(cloud.role("reads-keyed", [{"Action": READ, "Resource": "*"}])))
    assert "AccessDenied" in refusal(reader.get_secret_value, SecretId="lake/keyed")
    cloud.allow("reads-keyed", [{"Action": [READ, "kms:Decrypt"], "Resource": "*"}])
    assert reader.get_secret_value(SecretId="lake/keyed")["SecretString"] == "word"


def test_what_would_not_be_done_to_a_secret_is_refused_by_name(cloud: LocalCloud) -> None:
    secrets = cloud.client("secretsmanager")
    secrets.create_secret(Name="lake/still", SecretString=json.dumps({"user": "word"}))
    assert "rotation of secrets is not in the local cloud" in refusal(secrets.rotate_secret, SecretId="lake/still")
    replicas = [{"Region": "eu-west-1"}]
    assert "replicas of secrets is not" in refusal(secrets.replicate_secret_to_regions, SecretId="lake/still", AddReplicaRegions=replicas)

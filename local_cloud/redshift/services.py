"""Put Redshift Serverless and its Data API beside ministack's services, which have neither."""

import json
from typing import Any

from local_cloud.authorization.ask import denial
from local_cloud.client import client
from local_cloud.environment import home
from local_cloud.glue.denials import Denials
from local_cloud.own_service import OwnService
from local_cloud.pages import RowFiles
from local_cloud.redshift import identity
from local_cloud.redshift.data_api import DataApi
from local_cloud.redshift.places import Workgroups
from local_cloud.redshift.records import Record
from local_cloud.redshift.runs import Run, Runs
from local_cloud.redshift.serverless import Serverless
from local_cloud.replace import wrap
from local_cloud.stopping import before_stop

ACTIONS = "ministack.core.iam_actions"


class Neighbours:
    """What of other services belongs to a namespace or workgroup."""

    def keep_password(self, namespace: Record, password: str) -> str:
        """Keep the managed password of a namespace's administrator as a secret, named as AWS names it, and return its ARN."""
        content = json.dumps({"username": namespace["adminUsername"], "password": password})
        key = {"KmsKeyId": namespace["adminPasswordSecretKmsKeyId"]} if namespace.get("adminPasswordSecretKmsKeyId") else {}
        name = f"redshift!{namespace['namespaceName']}-{namespace['adminUsername']}"
        made: str = client("secretsmanager").create_secret(Name=name, SecretString=content, **key)["ARN"]
        return made

    def forget_password(self, namespace: Record) -> None:
        """Delete the secret, unless it is gone."""
        secrets = client("secretsmanager")
        try:
            secrets.delete_secret(SecretId=namespace["adminPasswordSecretArn"], ForceDeleteWithoutRecovery=True)
        except secrets.exceptions.ResourceNotFoundException:
            return  # deleted by hand

    def subnets(self, ids: list[str]) -> list[Record]:
        """Return those subnets that there are, in the form of EC2's API."""
        found: list[Record] = client("ec2").describe_subnets()["Subnets"]
        return [subnet for subnet in found if subnet["SubnetId"] in ids]


def install() -> None:
    """Add the two services, and let IAM know what their requests are about."""
    folder, denials = home() / "redshift", Denials()
    (folder / "results").mkdir(parents=True, exist_ok=True)
    runs, serverless = Runs(RowFiles(folder / "results")), Serverless(Neighbours())
    workgroups = Workgroups(serverless, folder, identity.SpectrumRoles(denials), denial)
    serverless.drop = workgroups.drop
    api = DataApi(runs, workgroups)
    wrap(identity.EVALUATOR, "enforce", denials.around, "name the grant that a failed statement misses")
    wrap(identity.EVALUATOR, "_conditions_met", identity.with_variables, "fill in the variables of policies")
    wrap(ACTIONS, "extract_resource_arn", identity.named(serverless), "name the workgroup that a request is about")
    wrap(ACTIONS, "request_tag_context", identity.owned(runs), "tell a policy whose a statement is")
    OwnService("redshift-serverless", "RedshiftServerless", serverless.actions(), serverless.state, serverless.restore).install()
    OwnService("redshift-data", "RedshiftData", api.actions(), lambda: _kept(runs), lambda state: _restore(runs, state)).install()
    before_stop(workgroups.close)
    before_stop(api.stop_all)


def _kept(runs: Runs) -> dict[str, Any]:
    return {"runs": [run.kept() for run in list(runs.by_id.values())]}


def _restore(runs: Runs, state: dict[str, Any]) -> None:
    for kept in state["runs"]:
        run = Run.restored(kept)
        runs.by_id[run.id] = run

"""Clients of services in this process, with the models of the real ones: a name or an argument that AWS does not have is an error here too."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError, ParamValidationError
from botocore.model import OperationModel, ServiceModel
from botocore.session import Session
from botocore.validate import ParamValidator

from local_cloud.replace import borrow

Handler = Callable[[str, dict[str, Any]], dict[str, Any]]
TABLE_ACTIONS = ("batch_get_item", "create_table", "get_item", "put_item", "query", "scan", "update_item")
DYNAMODB = {name: borrow("ministack.services.dynamodb", f"_{name}", ("data",), "keep a ledger without a call") for name in TABLE_ACTIONS}
_session = Session()


class Client:
    """A client of one service: a call is checked against the model and goes to `handler` by the operation's snake_case name."""

    def __init__(self, service: str, handler: Handler) -> None:
        self.meta, self._handler = _Meta(model(service)), handler
        self._operations = {
            xform_name(name): self.meta.service_model.operation_model(name) for name in self.meta.service_model.operation_names
        }

    def __getattr__(self, name: str) -> Callable[..., dict[str, Any]]:
        operation: OperationModel = self._operations[name]

        def call(**arguments: Any) -> dict[str, Any]:
            assert operation.input_shape is not None
            report = ParamValidator().validate(arguments, operation.input_shape)
            if report.has_errors():
                raise ParamValidationError(report=report.generate_report())
            return self._handler(name, arguments)

        return call


class _Meta:
    def __init__(self, service_model: ServiceModel) -> None:
        self.service_model = service_model


@lru_cache
def model(service: str) -> ServiceModel:
    return _session.get_service_model(service)


def refused(code: str, message: str = "as scripted") -> ClientError:
    """Return the error that a service answers with."""
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
    return ClientError(answer, "call")


def dynamodb(name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Call the local cloud's DynamoDB, in this process.

    Raises:
        ClientError: it answered with an error.
    """
    status, _, body = DYNAMODB[name](arguments)
    answer: dict[str, Any] = json.loads(body)
    if status >= 400:
        raise refused(answer["__type"].rpartition("#")[2], answer.get("message", answer.get("Message", "")))
    return answer

"""Services that ministack does not have: requests reach actions of ours, IAM is asked before, and the state is written with the rest."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from local_cloud.answers import Answer, refusal
from local_cloud.replace import borrow

_logger = logging.getLogger(__name__)
_app = "ministack.app"
_registry = borrow(_app, "SERVICE_REGISTRY", dict, "add services of ours")
_handlers = borrow(_app, "SERVICE_HANDLERS", dict, "add services of ours")
_modules = borrow(_app, "_loaded_modules", dict, "add services of ours")
_states = borrow(_app, "_state_map", dict, "keep the state of services of ours")
_patterns = borrow("ministack.core.router", "SERVICE_PATTERNS", dict, "lead requests to services of ours")
_namespaces = borrow("ministack.core.iam_actions", "SERVICE_TO_IAM_NAMESPACE", dict, "ask IAM about services of ours")
_access_key = borrow("ministack.core.router", "extract_access_key_id", ("headers", "query_params"), "know who calls")
_identity = borrow("ministack.core.iam_evaluator", "resolve_caller_identity", ("access_key_id",), "know who calls")


@dataclass(frozen=True)
class Caller:
    """Whoever sent a request.

    Attributes:
        user_id: what a policy calls aws:userid.
    """

    access_key: str
    arn: str
    user_id: str


Action = Callable[[dict[str, Any], Caller], Answer]


def caller_of(access_key: str) -> Caller:
    """Return who has an access key."""
    found = _identity(access_key) or {}
    return Caller(access_key, found.get("userArn", ""), found.get("userId", ""))


@dataclass(frozen=True)
class OwnService:
    """A service that speaks JSON and names its operation in a header.

    Attributes:
        signing_name: what requests to it are signed for, and its name in IAM.
        target: what stands before the operation in the header.
        actions: by operation; all others are refused by name.
        state: gives what survives a restart, as JSON has it.
        restore: takes that back.
    """

    signing_name: str
    target: str
    actions: Mapping[str, Action]
    state: Callable[[], dict[str, Any]]
    restore: Callable[[dict[str, Any]], None]

    def install(self) -> None:
        """Add it to ministack's services."""
        name = self.signing_name.replace("-", "_")
        _registry[self.signing_name] = {"module": name}
        _states[name] = name
        _modules[name] = _Module(self)
        _handlers[self.signing_name] = _modules[name].handle_request
        _patterns[self.signing_name] = {"target_prefixes": [f"{self.target}."]}
        _namespaces[self.signing_name] = self.signing_name

    def answer(self, operation: str, body: bytes, caller: Caller) -> Answer:
        """Carry out an operation."""
        action = self.actions.get(operation)
        if action is None:
            known = ", ".join(sorted(self.actions))
            return refusal("ValidationException", f"{self.signing_name} has no {operation} in the local cloud; it has {known}")
        return action(json.loads(body or b"{}"), caller)


class _Module:
    """What ministack takes for one of its modules."""

    def __init__(self, service: OwnService) -> None:
        self._service = service
        self.get_state = service.state
        self.load_persisted_state = service.restore

    async def handle_request(self, method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Any) -> Answer:
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        caller = caller_of(_access_key(headers, query_params))
        # actions call the local cloud themselves, which must be free to answer meanwhile
        return await asyncio.to_thread(self._service.answer, operation, body, caller)

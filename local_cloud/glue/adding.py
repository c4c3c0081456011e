"""Actions of Glue that ministack lacks, put beside those that it has."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from local_cloud.answers import Answer
from local_cloud.glue.api import Action
from local_cloud.replace import wrap

Request = Callable[[str, str, Mapping[str, str], bytes, Any], Answer]


def add(actions: Mapping[str, Action], purpose: str) -> None:
    """Answer requests for `actions`, by their names; `purpose` says for what, should ministack no longer have the place to do so."""

    def around(original: Request) -> Request:
        def _handle_request_sync(method: str, path: str, headers: Mapping[str, str], body: bytes, query_params: Any) -> Answer:
            action = actions.get(headers.get("x-amz-target", "").rpartition(".")[2])
            return action(json.loads(body)) if action else original(method, path, headers, body, query_params)

        return _handle_request_sync

    wrap("ministack.services.glue", "_handle_request_sync", around, purpose)

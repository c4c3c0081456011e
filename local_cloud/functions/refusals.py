"""What of Lambda is not in the local cloud."""

import inspect
from collections.abc import Callable
from typing import Any

from local_cloud.functions.function import unsupported
from local_cloud.replace import borrow, wrap

LARGEST_EVENT = 6_291_456
"""Bytes, of an event that its caller waits for: "Lambda quotas" in the developer guide."""
LARGEST_ASYNCHRONOUS_EVENT = 1_048_576
ABSENT = {
    "_create_esm": "event source mappings",
    "_publish_layer_version": "layers of one's own",
    "_create_function_url_config": "function URLs",
    "_publish_version": "versions of functions",
    "_create_alias": "aliases",
    "_put_provisioned_concurrency": "provisioned concurrency",
    "_invoke_with_response_stream": "streamed responses",
}
"""ministack's function for an action that is refused -> what is said to be absent."""

Answer = tuple[int, dict[str, str], bytes]
_error = borrow(
    "ministack.services.lambda_svc",
    "error_response_json",
    ("code", "message", "status", "extra", "message_key", "content_type"),
    "answer with an error",
)


def install(module: str) -> None:
    """Refuse by name what would be accepted and not done."""
    wrap(module, "_create_function", _creation, "refuse functions that would not run as they say")
    wrap(module, "_update_config", _update, "refuse changes after which they would not")
    wrap(module, "_invoke", _small_enough, "refuse events that are too large")
    for name, what in ABSENT.items():
        wrap(module, name, _refusing(what), f"refuse {what}")


def _creation(original: Callable[..., Any]) -> Callable[..., Any]:
    def _create_function(data: dict[str, Any]) -> Any:
        return _problem(data) or original(data)

    return _create_function


def _update(original: Callable[..., Any]) -> Callable[..., Any]:
    def _update_config(*args: Any, **kwargs: Any) -> Any:
        changes: dict[str, Any] = kwargs["data"] if "data" in kwargs else args[1]
        return _problem({"Runtime": "python3.11"} | changes) or original(*args, **kwargs)

    return _update_config


def _problem(configuration: dict[str, Any]) -> Answer | None:
    problems = unsupported(configuration)
    if not problems:
        return None
    answer: Answer = _error("InvalidParameterValueException", f"not in the local cloud: {'; '.join(problems)}", 400)
    return answer


def _small_enough(original: Callable[..., Any]) -> Callable[..., Any]:
    async def _invoke(
        name: str, event: Any, headers: dict[str, str], path_qualifier: str | None = None, query_params: Any = None
    ) -> Answer:
        asynchronous = headers.get("x-amz-invocation-type", "").lower() == "event"
        largest = LARGEST_ASYNCHRONOUS_EVENT if asynchronous else LARGEST_EVENT
        if int(headers.get("content-length") or 0) > largest:
            answer: Answer = _error(
                "RequestTooLargeException", f"Request must be smaller than {largest} bytes for the InvokeFunction operation", 413
            )
        else:
            answer = await original(name, event, headers, path_qualifier, query_params)
        return answer

    return _invoke


def _refusing(what: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def around(original: Callable[..., Any]) -> Callable[..., Any]:
        def refuse(*_: Any, **__: Any) -> Any:
            return _error("NotInLocalCloud", f"{what} are not in the local cloud", 501)

        async def refuse_later(*_: Any, **__: Any) -> Any:
            return refuse()

        refusing: Any = refuse_later if inspect.iscoroutinefunction(original) else refuse
        refusing.__signature__ = inspect.signature(original, follow_wrapped=False)  # as replace() wants it
        looks_like: Callable[..., Any] = refusing
        return looks_like

    return around

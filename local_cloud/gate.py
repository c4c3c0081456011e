"""What comes before ministack: only signed requests to services of the local cloud get in.

ministack answers for some ninety services, many of which report success with nothing behind it. It also serves unsigned paths, one of which
deletes all state, that any web page of this machine's browser could call.
"""

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import unquote
from xml.sax.saxutils import escape

from botocore.exceptions import DataNotFoundError
from botocore.session import Session

from local_cloud.services import BY_SIGNING_NAME, absent

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HEALTH = "/_ministack/health"
RESPONSES = re.compile(r"/_ministack/cfn-response/[0-9a-f-]{36}")
"""Where custom resources answer CloudFormation, as by a presigned URL: the last part is a secret that is good for one answer."""
REFUSED = "NotInLocalCloud"
_CREDENTIAL = re.compile(r"Credential=[^/,&]+/\d{8}/[^/]+/(?P<service>[^/,&]+)/aws4_request")


def guard(application: Application) -> Application:
    """Return an application that answers for services of the local cloud and refuses the rest by name."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await application(scope, receive, send)
            return
        refusal = refuse(scope)
        if refusal is None:
            await application(scope, receive, send)
        else:
            await _answer(send, refusal, scope)

    return guarded


def refuse(scope: Scope) -> str | None:
    """Return why a request is refused; None for one that may pass."""
    if scope["type"] != "http":
        return "the local cloud has no web sockets"
    if scope["path"] == HEALTH or (scope["method"] == "PUT" and RESPONSES.fullmatch(scope["path"])):
        return None
    service = signed_for(scope)
    if service is None:
        return f"the local cloud answers signed requests only; {scope['method']} {scope['path']} is not signed"
    return None if service in BY_SIGNING_NAME else absent(service)


def signed_for(scope: Scope) -> str | None:
    """Return the service that a request is signed for, by header or by a presigned URL; None without a signature."""
    query = unquote(scope.get("query_string", b"").decode("latin-1")).replace("X-Amz-Credential=", "Credential=")
    for text in (_headers(scope).get("authorization", ""), query):
        found = _CREDENTIAL.search(text)
        if found:
            return found["service"]
    # Presigned URLs of the older signature version, which only S3 takes, name no service.
    return "s3" if "AWSAccessKeyId=" in query and "Signature=" in query else None


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope.get("headers", [])}


async def _answer(send: Send, message: str, scope: Scope) -> None:
    headers, body = _error(message, scope)
    await send({"type": "http.response.start", "status": 501, "headers": [*headers, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})


def _error(message: str, scope: Scope) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Return headers and body of an error in the protocol that the caller speaks."""
    if _headers(scope).get("smithy-protocol") == "rpc-v2-cbor":
        body = b"\xa2" + b"".join(map(_cbor_text, ("__type", REFUSED, "message", message)))
        return [(b"content-type", b"application/cbor"), (b"smithy-protocol", b"rpc-v2-cbor")], body
    if _speaks_xml(signed_for(scope)):
        error = f"<Error><Type>Sender</Type><Code>{REFUSED}</Code><Message>{escape(message)}</Message></Error>"
        body = f"<ErrorResponse><Errors>{error}</Errors>{error}<RequestId>0</RequestId></ErrorResponse>".encode()
        return [(b"content-type", b"text/xml")], body
    body = json.dumps({"__type": REFUSED, "message": message}).encode()
    return [(b"content-type", b"application/json"), (b"x-amzn-errortype", REFUSED.encode())], body


def _speaks_xml(service: str | None) -> bool:
    try:
        model = Session().get_service_model(service or "")
    except DataNotFoundError:
        return False  # a service that botocore knows by another name; JSON is the commonest
    return model.protocol in ("ec2", "query", "rest-xml")


def _cbor_text(text: str) -> bytes:
    encoded = text.encode()
    return b"\x79" + len(encoded).to_bytes(2, "big") + encoded

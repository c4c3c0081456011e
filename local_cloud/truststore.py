"""The certificates that Python trusts, as a file that Java reads.

Java has a list of its own. Behind a company's inspecting proxy, Python often works, by SSL_CERT_FILE or the machine's store, where Java fails.
"""

import hashlib
import ssl
import struct
import time
from collections.abc import Sequence
from pathlib import Path

_MAGIC, _VERSION, _TRUSTED_CERTIFICATE = 0xFEEDFEED, 2, 2
_PASSWORD = "changeit"  # guards against accidents only: certificates are public, and Java wants one


def java_options(truststore: Path) -> str:
    """Return the JVM options that make Java trust exactly the certificates in `truststore`."""
    return f"-Djavax.net.ssl.trustStore={truststore} -Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword={_PASSWORD}"


def write_truststore(path: Path) -> int:
    """Write Python's trusted certificates to `path` in Java's JKS format and return how many there are."""
    certificates = ssl.create_default_context().get_ca_certs(binary_form=True)
    path.write_bytes(_keystore(certificates))
    return len(certificates)


def _keystore(certificates: Sequence[bytes]) -> bytes:
    """Encode a JKS store: a header, the entries, and a digest keyed by the password and the format's fixed phrase."""
    now = int(time.time() * 1000)
    body = struct.pack(">III", _MAGIC, _VERSION, len(certificates))
    for number, certificate in enumerate(certificates):
        body += struct.pack(">I", _TRUSTED_CERTIFICATE) + _text(str(number)) + struct.pack(">Q", now)
        body += _text("X.509") + struct.pack(">I", len(certificate)) + certificate
    return body + hashlib.sha1(_PASSWORD.encode("utf-16-be") + b"Mighty Aphrodite" + body, usedforsecurity=False).digest()


def _text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack(">H", len(encoded)) + encoded

"""What the local cloud reads of a function's configuration."""

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

POWERTOOLS = re.compile(r"arn:aws:lambda:[\w-]+:017000801446:layer:AWSLambdaPowertoolsPythonV3-python3\d+-(x86_64|arm64):\d+")
"""The layer that AWS publishes, of any version: https://docs.powertools.aws.dev/lambda/python/latest/getting-started/install/."""
RUNTIME = re.compile(r"python3\.\d+")

Configuration = dict[str, Any]


@dataclass(frozen=True)
class Function:
    """A version of a function.

    Attributes:
        configuration: as GetFunctionConfiguration shows it.
        package: its code, as a zip file.
    """

    configuration: Configuration
    package: bytes

    @classmethod
    def of(cls, record: dict[str, Any]) -> "Function":
        """Return the function of one of ministack's records."""
        return cls(record.get("config") or record, record.get("code_zip") or b"")

    @property
    def name(self) -> str:
        return str(self.configuration["FunctionName"])

    @property
    def arn(self) -> str:
        return str(self.configuration["FunctionArn"])

    @property
    def role(self) -> str:
        return str(self.configuration["Role"])

    @property
    def seconds(self) -> float:
        """How long an invocation may take."""
        return float(self.configuration.get("Timeout", 3))

    @property
    def log_group(self) -> str:
        named = (self.configuration.get("LoggingConfig") or {}).get("LogGroup")
        return str(named or f"/aws/lambda/{self.name}")

    @property
    def variables(self) -> dict[str, str]:
        return dict((self.configuration.get("Environment") or {}).get("Variables") or {})

    @property
    def has_powertools(self) -> bool:
        return any(POWERTOOLS.fullmatch(layer) for layer in layers(self.configuration))

    @property
    def digest(self) -> str:
        """Of the package."""
        return hashlib.sha256(self.package).hexdigest()[:32]

    @property
    def fingerprint(self) -> str:
        """Differs where a process that was started for the one cannot serve the other."""
        parts = ("Handler", "Role", "Timeout", "MemorySize", "Environment", "Layers", "LoggingConfig", "Version")
        return json.dumps([self.digest, {part: self.configuration.get(part) for part in parts}], sort_keys=True)


def layers(configuration: Configuration) -> list[str]:
    """Return the ARNs of the layers in a configuration of the API or of a template."""
    return [layer if isinstance(layer, str) else layer.get("Arn", "") for layer in configuration.get("Layers") or []]


def unsupported(configuration: Configuration) -> list[str]:
    """Return what of a configuration is not in the local cloud, one clause each."""
    runtime = configuration.get("Runtime", "")
    problems = [] if RUNTIME.fullmatch(runtime) else [f"the runtime {runtime or 'of an image'}; it has Python's"]
    problems += [f"the layer {arn}; it has the Powertools layer of AWS" for arn in layers(configuration) if not POWERTOOLS.fullmatch(arn)]
    if (configuration.get("VpcConfig") or {}).get("SubnetIds"):
        problems.append("a function in a network")
    if (configuration.get("SnapStart") or {}).get("ApplyOn", "None") != "None":
        problems.append("SnapStart")
    return problems

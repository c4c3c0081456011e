"""The three zones of the lake, as data."""

from enum import StrEnum


class Zone(StrEnum):
    """A stage of refinement; every zone has one bucket and one catalog database."""

    RAW = "raw"
    PROCESSED = "processed"
    CONSUMER = "consumer"

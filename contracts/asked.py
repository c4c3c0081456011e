"""What people ask of records and objects that were set apart, as the ledger holds it until a refresh has done it."""

from enum import StrEnum

PREFIX = "asked#"
ITEM = PREFIX + "{}#{}"  # key and version of the object that is asked about


class Ask(StrEnum):
    """What is asked."""

    REDRIVE = "redrive"  # take what is set apart through the normal path again
    DROP = "drop"  # take it away for good

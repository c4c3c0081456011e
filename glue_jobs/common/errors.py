"""Failures that a job understands: their text becomes the cause in the run's record, and no traceback is shown."""


class LakeError(Exception):
    """A refresh cannot go on, and readers keep what they had."""


class LostTableError(LakeError):
    """The catalog and the bucket disagree on whether a table exists."""


class SchemaConflictError(LakeError):
    """The stored table, or the result of a query, has other columns than the contract."""


class AuditFailedError(LakeError):
    """What was about to be published breaks a rule of severity `error`."""


class AccountsOpenError(LakeError):
    """Rows that were read are not all accounted for."""


class MainMovedError(LakeError):
    """Another writer committed to the table while this run prepared its own commit."""


class OvertakenError(LakeError):
    """Another refresh of the dataset took the same objects."""


class ObjectReplacedError(LakeError):
    """An object was overwritten while this run read it."""


class BrokenResultError(LakeError):
    """The result of a product's query breaks its contract: a value missing, of another type, or a key that is not unique."""

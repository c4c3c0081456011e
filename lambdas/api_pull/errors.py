"""What can keep a pull from going on."""


class SourceError(Exception):
    """The API cannot be pulled from; the text says what it was asked, what it answered, and what to do."""


class RejectedError(SourceError):
    """The API takes a request for wrong: one that names a cursor may name one that it has forgotten."""


class LaterError(Exception):
    """The API wants to be asked later than this run lasts.

    Attributes:
        seconds: from now on that it wants to be left alone; 0 where it is the run's own time that is up.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__(f"to be asked again in {seconds:.0f} s")
        self.seconds = seconds


class HeldError(Exception):
    """Another run holds the lease."""


class LostError(Exception):
    """Another run has taken the lease over; what this one did is safe, and the other one's from here on."""

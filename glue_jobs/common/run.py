"""A run: what one refresh of one dataset works with."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Self

from pyspark.sql import SparkSession

from contracts.contract import Contract, Source
from glue_jobs.common.catalog import Catalog
from glue_jobs.common.errors import LakeError
from glue_jobs.common.ledger import Ledger
from glue_jobs.common.objects import Objects
from glue_jobs.common.steps import Steps


@dataclass(frozen=True, kw_only=True)
class Run:
    """One refresh of one dataset.

    Attributes:
        id: name of the execution that started it.
        database: of the dataset's tables.
        warehouse: address under which they lie.
        session: gives the one Spark session, and starts it for whoever asks first.
    """

    id: str
    session: Callable[[], SparkSession]
    contract: Contract
    database: str
    warehouse: str
    catalog: Catalog
    ledger: Ledger
    steps: Steps

    @property
    def spark(self) -> SparkSession:
        return self.session()

    @property
    def branch(self) -> str:
        """The branch that this run writes: no letter in it needs quoting."""
        return "run_" + "".join(letter if letter.isalnum() else "_" for letter in self.id)


@dataclass(frozen=True, kw_only=True)
class RawRun(Run):
    """A refresh of a dataset that is fed from raw.

    Attributes:
        raw: the bucket where its objects land.
        reads: the one of the contract's sources that is read just now; None for the first.
    """

    raw: Objects
    reads: Source | None = None

    @property
    def source(self) -> Source:
        """The source that is read.

        Raises:
            ValueError: the dataset is a product, and nothing lands for it.
        """
        if not self.contract.sources:
            raise ValueError(f"{self.contract.name} is a product: it has no source in raw")
        return self.reads or self.contract.sources[0]

    def reading(self, source: Source) -> Self:
        """Return this run, reading one of the contract's sources."""
        return replace(self, reads=source)

    def pending(self) -> list[tuple[str, str]]:
        """Return key and version of each object of the source that the ledger waits for."""
        return [(key, version) for key, version in self.ledger.pending() if self.contract.source_of(key) == self.source]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a refresh ended.

    Attributes:
        status: published, unchanged or waiting.
        facts: what else the run's record says.
    """

    status: str
    facts: Mapping[str, object] = field(default_factory=dict)


@contextmanager
def recorded_failure(run: Run) -> Iterator[None]:
    """Write the cause of a failure into the run's record; one that the job understands ends it with one line and no traceback.

    Of one that it does not understand, Glue's own message tells more; the record says so.
    """
    try:
        yield
    except LakeError as error:
        run.ledger.finish(run.id, "failed", {"cause": str(error)})
        raise SystemExit(f"{type(error).__name__}: {error}") from None
    except Exception as error:
        run.ledger.finish(run.id, "failed", {"cause": f"{type(error).__name__}: {str(error).partition(chr(10))[0]}", "unexpected": True})
        raise

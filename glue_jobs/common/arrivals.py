"""Which objects a run reads: what the bookmark gives, and what the ledger still waits for. The two must agree."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import unquote

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from contracts.contract import Source
from glue_jobs.common.accounts import Account, State
from glue_jobs.common.contents import BZIP2, is_hidden
from glue_jobs.common.lines import ORDER, SEQUENCE, URI, Read, count_readable, field_order, header_fault, is_header
from glue_jobs.common.objects import Head, split_uri
from glue_jobs.common.parquet import STREAMED_AT, damage, read_objects
from glue_jobs.common.run import RawRun

ReadSource = Callable[[Source], Read]
Versions = Collection[tuple[str, str]]

HIDDEN = "a part of it begins with _ or ., or ends in ._COPYING_"
UNSEEN = "Spark found no line in it, though it is not empty; land it again, and report it if it stays"


@dataclass(frozen=True, kw_only=True)
class Arrivals:
    """What a run found.

    Attributes:
        lines: records of `counts`' objects by source, as `_line`, `_object`, `_version`, `_arrived_at`, `_sequence` and `_order`; none where
            there are no records.
        counts: number of records of each object that is to be accounted for.
        settled: accounts of objects that are not read.
        apart: by key and version, what is wrong with the records of an object that were set apart.
        again: by key and version, the account of an object of which the rows in quarantine alone are taken in again.
        unknown: number of records by column that the contract does not know.
        warnings: what is to be known of it.
    """

    lines: Mapping[Source, DataFrame]
    counts: Mapping[Head, int]
    settled: Sequence[Account]
    apart: Mapping[tuple[str, str], str] = field(default_factory=dict)
    again: Mapping[tuple[str, str], Account] = field(default_factory=dict)
    unknown: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()

    @property
    def rows(self) -> int:
        """Number of records in all objects."""
        return sum(self.counts.values())

    @property
    def fresh(self) -> list[Head]:
        """Objects that were read just now."""
        return [head for head in self.counts if (head.key, head.version) not in self.again]


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Objects to read, and accounts of those that need no reading."""

    read: Sequence[Head]
    settled: Sequence[Account]


def find(run: RawRun, increments: ReadSource) -> Arrivals:
    """Read what is new in every source.

    Args:
        increments: gives the bookmarked read of a source.
    """
    found = [find_in(run.reading(source), increments(source)) for source in run.contract.sources]
    return Arrivals(
        lines={source: lines for each in found for source, lines in each.lines.items()},
        counts={head: number for each in found for head, number in each.counts.items()},
        settled=[account for each in found for account in each.settled],
    )


def find_in(run: RawRun, read_increment: Read) -> Arrivals:
    """Read what is new in the source of a run, and count its records before anything is parsed.

    Args:
        read_increment: the bookmarked read. It may pass over an object for ever, since S3 dates a multipart object by the start of its
            upload; what only the ledger knows is therefore read without it.
    """
    source, pending = run.source, run.pending()
    waiting = {key for key, _ in pending}
    broken_in = partial(find_broken, run, waiting)
    increment, counts, broken = count_readable(read_increment, source, broken_in)
    addresses = {key_of(uri, waiting): uri for uri in [*counts, *broken]}
    heads = run.raw.heads({*waiting, *addresses})
    known = _settled_before(run, heads, pending)
    choice = settle_arrivals(heads, pending, known, source, _damaged(run, heads, known))

    missed = [run.raw.uri(head.key) for head in choice.read if head.key not in addresses and head.size]
    rest, more_counts, more_broken = count_readable(partial(_read_except, run, missed), source, broken_in)
    refused = {key_of(uri, waiting): reason for uri, reason in {**broken, **more_broken}.items()}
    seen = {key_of(uri, waiting) for uri in {**counts, **more_counts}}
    if source.object_format != "parquet":  # which may hold no record and be whole
        refused |= {head.key: UNSEEN for head in choice.read if not head.is_blank and head.key not in {*seen, *refused}}
    readable = {head.key: head for head in choice.read if head.key not in refused}
    counted = {uri: number for uri, number in {**counts, **more_counts}.items() if key_of(uri, waiting) in readable}
    sizes = {key_of(uri, waiting): number for uri, number in counted.items()}
    frames = [frame for frame in (increment, rest) if frame is not None]
    lines = with_object(run, frames, {uri: readable[key_of(uri, waiting)] for uri in counted})
    return Arrivals(
        lines={source: lines} if lines is not None else {},
        counts={head: sizes.get(head.key, 0) for head in readable.values()},
        settled=[*choice.settled, *(refuse(head, refused[head.key]) for head in choice.read if head.key in refused)],
    )


def settle_arrivals(
    heads: Mapping[str, Head | None], pending: Versions, known: Versions, source: Source, damaged: Mapping[str, str]
) -> Choice:
    """Decide, from the current version of each object, which are read.

    Args:
        heads: current version by key, None where it is gone.
        pending: key and version of what the ledger waits for.
        known: key and version of what an earlier run settled.
        damaged: by key, why an object cannot be read to its end.
    """
    settled = [_passed_over(key, version, head) for key, version in pending if (head := heads[key]) is None or head.version != version]
    faults = {head: damaged.get(head.key) or _fault(head, source) for head in unsettled(heads, known) if not head.is_blank}
    return Choice(
        read=[head for head in unsettled(heads, known) if not faults.get(head)],
        settled=[*settled, *(refuse(head, fault) for head, fault in faults.items() if fault)],
    )


def unsettled(heads: Mapping[str, Head | None], known: Versions) -> list[Head]:
    """Return the objects that are there and that no run has settled."""
    return [head for head in heads.values() if head and (head.key, head.version) not in known]


def _damaged(run: RawRun, heads: Mapping[str, Head | None], known: Versions) -> dict[str, str]:
    """Return why objects that are compressed with bzip2 are not whole: Spark would read as far as it can, and say nothing of the rest."""
    return run.raw.broken((head.key for head in unsettled(heads, known) if head.key.endswith(BZIP2)), run.source.object_format)


def _fault(head: Head, source: Source) -> str | None:
    """Return why an object is not read; None where nothing speaks against it yet."""
    if is_hidden(head.key.removeprefix(source.location)):
        return f"its name is one that Spark keeps for a writer's own files: {HIDDEN}; land it under another name"
    if source.object_format == "parquet":
        return None
    return head.fault or header_fault(head.first_line, source)


def _passed_over(key: str, version: str, head: Head | None) -> Account:
    if head is None:
        return Account(object=key, version=version, state=State.GONE, reason="it was deleted before it was read")
    reason = f"it was overwritten before it was read, by version {head.version}; land other records under another name"
    return Account(object=key, version=version, state=State.SUPERSEDED, reason=reason)


def keep_newest(arrivals: Arrivals, last: str) -> Arrivals:
    """Return the newest object alone, if it is newer than the `last` one that was seen; the others are superseded by it."""
    newest = max(arrivals.counts, key=lambda head: head.age, default=None)
    if newest and newest.age < last:  # one of the same age is the last itself, whose run died before it was recorded
        newest = None
    superseded = [
        account_of(head, State.SUPERSEDED, reason="a newer object is the whole table") for head in arrivals.counts if head is not newest
    ]
    return Arrivals(
        lines={source: lines.where(F.col("_object") == newest.key) for source, lines in arrivals.lines.items()} if newest else {},
        counts={newest: arrivals.counts[newest]} if newest else {},
        settled=[*arrivals.settled, *superseded],
    )


def find_broken(run: RawRun, waiting: Collection[str], error: str, left_out: Collection[str]) -> dict[str, str]:
    """Return the reason, by address, of each object that cannot be read to its end, beside those that are `left_out` already.

    Looked at first are the objects that the error names or the ledger waits for; where those are whole, all of the source's.
    """
    prefix = re.escape(run.source.location)
    named = re.findall(rf"s3a?://[^/\s]+/({prefix}[^\s,]+?)(?=[\s,.]*(?:\s|,|$))", error)
    known = {key_of(uri, waiting) for uri in left_out}
    suspects = {*waiting, *named, *map(unquote, named)} - known
    every = (key for key in run.raw.keys(run.source.location) if key not in known)
    kind = run.source.object_format
    broken = run.raw.broken(suspects, kind) or run.raw.broken(every, kind)
    if not broken and kind == "parquet":
        broken = _damaged_parquet(run, suspects)
    return {run.raw.uri(key): reason for key, reason in broken.items()}


def _damaged_parquet(run: RawRun, suspects: Collection[str]) -> dict[str, str]:
    """Return why Spark cannot read an object alone whose bytes S3 gives, so that a fault of the network is none of the object."""
    there = [key for key, head in run.raw.heads(suspects).items() if head and run.raw.gives(head)]
    found = {key: damage(run.spark, run.raw.uri(key)) for key in there}
    return {key: reason for key, reason in found.items() if reason}


def key_of(uri: str, known: Collection[str]) -> str:
    """Return the key in an address, which some readers give with percent signs for letters that a URI may not hold."""
    _, key = split_uri(uri)
    return key if key in known else unquote(key)


def account_of(head: Head, state: State, **values: object) -> Account:
    """Return an object's account."""
    facts = {"object": head.key, "version": head.version, "arrived_at": head.arrived_at.isoformat(), "size": head.size}
    return Account.from_item({**facts, "state": state, **values})


def refuse(head: Head, reason: str) -> Account:
    return account_of(head, State.REFUSED, reason=reason)


def _settled_before(run: RawRun, heads: Mapping[str, Head | None], pending: Versions) -> Versions:
    unknown = [(head.key, head.version) for head in heads.values() if head and (head.key, head.version) not in pending]
    return {found for found, state in run.ledger.states(unknown).items() if state in set(State)}


def _read_except(run: RawRun, uris: Sequence[str], broken: Sequence[str]) -> DataFrame | None:
    wanted = [uri for uri in uris if uri not in broken]
    if not wanted:
        return None
    return read_objects(run.spark, wanted, run.source)


def with_object(run: RawRun, frames: Sequence[DataFrame], heads: Mapping[str, Head]) -> DataFrame | None:
    """Return the records of some objects, each with its object's key, version and time of arrival."""
    if not heads:
        return None
    rows = [
        (uri, head.key, head.version, head.arrived_at, ",".join(field_order(head.first_line, run.source))) for uri, head in heads.items()
    ]
    objects = run.spark.createDataFrame(rows, f"{URI} string, _object string, _version string, _arrived_at timestamp, {ORDER} string")
    lines = frames[0] if len(frames) == 1 else frames[0].unionByName(frames[1])
    found = lines.where(~is_header(run.source)).join(F.broadcast(objects), on=URI, how="inner").drop(URI)
    if not run.source.enveloped:
        return found.withColumn(SEQUENCE, F.lit(None).cast("string"))
    # what the stream says of a record tells more than when Firehose wrote it
    return found.withColumn("_arrived_at", F.coalesce(STREAMED_AT, "_arrived_at")).drop(STREAMED_AT)

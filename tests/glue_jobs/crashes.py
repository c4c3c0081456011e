"""Where a run may die, and what a round of landing and refreshing leaves, whatever died in between."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from contracts.contract import Load
from glue_jobs.common.table import Table, TableColumn
from tests.glue_jobs.fakes import START
from tests.glue_jobs.lake import ask
from tests.glue_jobs.process import JobLake, Point, stopped_at
from tests.glue_jobs.samples import HEADER, HIGHEST, READINGS, readings

RAW, PRODUCT, PUBLISH = "glue_jobs.raw_to_processed", "glue_jobs.processed_to_consumer", "glue_jobs.common.publish"
TABLE, LEDGER = "glue_jobs.common.table.Table", "glue_jobs.common.ledger.Ledger"
WRITES = (f"{TABLE}.append", f"{TABLE}.merge", f"{TABLE}.overwrite")


def _to_branch(*arguments: Any, **named: Any) -> bool:
    return len(arguments) > 2 or "branch" in named


def _begin(job: str) -> list[Point]:
    return [Point("start", ("awsglue.job.Job.init",)), Point("table", (f"{job}.ensure_table",))]


_END = [
    Point("branch", (f"{TABLE}.create_branch",)),
    Point("branch write", WRITES, _to_branch),
    Point("audit", (f"{PUBLISH}.audit",)),
    Point("prepare accounts", (f"{LEDGER}.prepare",)),
    Point("publish", (f"{TABLE}.fast_forward",)),
    Point("publication noted", (f"{LEDGER}.publish",)),
    Point("record", (f"{LEDGER}.record",)),
    Point("accounts forgotten", (f"{LEDGER}.forget",)),
    Point("branch dropped", (f"{TABLE}.drop_branch",), turn=2),
    Point("finish", (f"{LEDGER}.finish",)),
    Point("commit", ("awsglue.job.Job.commit",)),
    Point("announce", ("tests.glue_jobs.process.JobLake.announce",)),
]
_RAW = [
    *_begin(RAW),
    Point("earlier runs completed", (f"{RAW}.complete_earlier_runs",)),
    Point("read", (f"{RAW}.find",)),
    Point("conform", (f"{RAW}.conform_batch",)),
    Point("quarantine noted", (f"{LEDGER}.note_apart",)),
    Point("rows set apart", (f"{TABLE}.append",), lambda *arguments, **named: not _to_branch(*arguments, **named)),
    Point("quarantine", (f"{RAW}.quarantine",)),
    Point("classify", ("glue_jobs.common.refresh.changes_at",)),
    *_END,
    Point("record of the first object", (f"{LEDGER}._record_one",)),
    Point("quarantine settled", (f"{LEDGER}.forget_apart",)),
]
_PRODUCT = [
    *_begin(PRODUCT),
    Point("inputs pinned", (f"{PRODUCT}.pin_inputs",)),
    Point("earlier runs completed", (f"{PRODUCT}.complete_earlier_runs",)),
    Point("build", (f"{PRODUCT}.build",)),
    *_END,
]
_REDRIVE = [
    *_RAW,
    Point("rows taken again", (f"{RAW}.take_again",)),
    Point("rows taken away", (f"{TABLE}.delete",)),
    Point("asked forgotten", (f"{LEDGER}.forget_asked",)),
]
POINTS: Mapping[str, Sequence[Point]] = {
    "upsert": _RAW,
    "append": _RAW,
    "snapshot": [*_RAW, Point("newest noted", (f"{LEDGER}.set_newest",))],
    "product": _PRODUCT,
    "redrive": _REDRIVE,
}

MAIN_STEPS = ("read", "conform", "quarantine", "branch write", "audit", "prepare accounts", "publish", "record", "announce", "commit")
"""Those that every page on the job names; the others lie between them."""

_STATIONS = ("Elbe", "Oder", "Main", "Rhein", "Weser")


@dataclass
class Rounds:
    """One lake in which round after round lands the same, under other names, so that each must leave the same.

    Attributes:
        job: a load mode, or `product`, or `redrive`: rows in quarantine are taken in again, by a dataset without a key.
    """

    lake: JobLake
    job: str
    number: int = 0
    uploads: int = 0

    def begin(self) -> None:
        """Land or change what the next round is about."""
        self.number += 1
        self.uploads = self.lake.s3.uploads
        if self.job == "product":
            self.lake.contract = replace(self.lake.contract, sql=_highest(self.lake.contract.inputs[0], self.number))
            return
        if self.job == "redrive":
            self._ask_again()
            return
        elbe, oder, main, rhein, weser = (f"{name}{self.token}" for name in _STATIONS)
        self._land("refused.csv", "station,at,depth,note", f"{elbe},2013-01-01,7,")
        self._land("empty.csv")
        self._land("one.csv", HEADER, f"{weser},2013-01-05,4,", f"{rhein},2013-01-04,high,", f"{elbe},2013-01-01,6,")
        newest = [
            f"{elbe},2013-01-01,8,",
            f"{elbe},2013-01-01,8,",
            f"{oder},2013-01-02,9,",
            f"{main},2013-01-03,1",
            f"{main},2013-01-03,3,",
        ]
        self._land("two.csv", HEADER, *newest)

    def _ask_again(self) -> None:
        """Set rows apart, let the contract take some of them, and ask for them; another object comes meanwhile."""
        elbe, oder, main, rhein, weser = (f"{name}{self.token}" for name in _STATIONS)
        self.lake.contract = replace(self.lake.contract, row_rules=READINGS.row_rules)
        self._land("one.csv", HEADER, f"{weser},2013-01-05,4000,", f"{rhein},2013-01-04,high,", f"{elbe},2013-01-01,6,")
        self._land("two.csv", HEADER, f"{oder},2013-01-01,8000,", f"{main},2013-01-01,8000,")
        self.lake.execute()
        self.lake.contract = replace(self.lake.contract, row_rules=())
        for name in ("one.csv", "two.csv"):
            ask(self.lake, f"{self.lake.contract.name}/files/ingest_date=2013-01-01/{self.token}/{name}")
        self._land("three.csv", HEADER, f"{rhein},2013-01-06,7,", f"{elbe},2013-01-03,low,")

    @property
    def token(self) -> str:
        return f"-r{self.number:03d}"

    def left(self) -> dict[str, Any]:
        """Return what the round has left, in words that are the same for each: rows, quarantine, accounts, what readers and others know."""
        lake, name = self.lake, self.lake.contract.name
        refs = Table(lake.spark, "lake_processed", name).refs()
        publication = lake.ledger.publication()
        seen = {
            "refs": sorted(refs),
            "published is main": publication["snapshot"] == str(refs["main"]),
            "main is announced": lake.announced[-1:] == [str(refs["main"])],
            "prepared": lake.ledger.prepared(),
            "pending": lake.ledger.pending(),
            "asked": lake.ledger.asked(),
        }
        if self.job == "product":
            return {**seen, "rows": lake.rows("*"), "row count": int(publication["rows"])}
        rows = lake.rows("station, at, level, day, _object, _arrived_at")
        # a snapshot is the whole table; else rows of before the first round, and those of other rounds, are not this one's
        mine = [row for row in rows if self.job == "snapshot" or (self.token in row[0] and "base" not in row[4])]
        columns = "_object, _version, _arrived_at, _reasons, _record"
        apart = [row for row in lake.rows(columns, f"{name}_quarantine") if self.token in row[0]]
        return {**seen, "rows": self._plain(mine), "quarantine": self._plain(apart), "accounts": self._plain(self._accounts())}

    def _accounts(self) -> list[dict[str, Any]]:
        items = [self.lake.item(item) for item in sorted(self.lake.dynamodb.items) if item.startswith("object#") and self.token in item]
        return [{key: value for key, value in item.items() if key not in ("run", "arrived_at")} for item in items]

    def _plain(self, found: object) -> str:
        """Return what was found without the number of the round, wherever it shows."""
        said = str(found).replace(self.token, "")
        for upload in range(1, 6):
            number, minute = self.uploads + upload, START + timedelta(minutes=self.uploads + upload)
            said = said.replace(f"'v{number}'", f"'upload {upload}'").replace(f"#v{number}'", f"#upload {upload}'")
            said = said.replace(repr(minute.replace(tzinfo=None)), f"minute {upload}")
        return said

    def _land(self, name: str, *lines: str) -> None:
        self.lake.land(f"{self.token}/{name}", *lines)


def rounds(spark: SparkSession, buckets: Path, job: str, name: str, many: int = 40) -> Rounds:
    """Return a lake with the rows that the rounds change, made by a run that died once its table was there, and by the next."""
    if job == "product":
        return _product_rounds(spark, buckets, name)
    load = Load.APPEND if job == "redrive" else Load(job)
    key = () if load is Load.APPEND else ("at", "station")
    lake = JobLake(spark, buckets, readings(name, load=load, key=key))
    made = Rounds(lake, job)
    numbers = [0] if job == "snapshot" else range(1, many)  # of a whole table nothing is left to the next round
    stations = [f"{station}-r{number:03d},2013-01-0{day}," for number in numbers for station, day in (("Elbe", 1), ("Oder", 2))]
    lake.land("base.csv", HEADER, *(f"{station}{7 if 'Elbe' in station else 9}," for station in stations))
    stopped_at(lake, _RAW[1])
    lake.execute()
    return made


def _product_rounds(spark: SparkSession, buckets: Path, name: str) -> Rounds:
    table = Table(spark, "lake_processed", f"{name}_input")
    table.ensure([TableColumn(name="station", type="string"), TableColumn(name="level", type="int")], [], f"s3://processed/{name}_input")
    table.append(spark.createDataFrame([("Elbe", 7), ("Elbe", 3), ("Oder", 2)], "station string, level int"))
    sql = _highest(f"{name}_input", 0)
    lake = JobLake(spark, buckets, replace(HIGHEST, name=name, inputs=(f"{name}_input",), sql=sql))
    stopped_at(lake, _PRODUCT[1])
    lake.execute()
    return Rounds(lake, "product")


def _highest(source: str, number: int) -> str:
    return f"select max(level) as level, station from {source} where level > {number} - {number} group by station"


def clean(made: Rounds) -> dict[str, Any]:
    """Return what a round leaves that nothing has stopped."""
    made.begin()
    made.lake.execute()
    return made.left()


def after(made: Rounds, *points: Point) -> dict[str, Any]:
    """Return what a round leaves whose runs were stopped at some points, one after the other, before one was not."""
    made.begin()
    for point in points:
        stopped_at(made.lake, point)
    made.lake.execute()
    return made.left()

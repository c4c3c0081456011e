"""See the lake run here: set up, start, deploy, land a year of real flights, break some, and ask in SQL."""

import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from cli import deploy, land, runs, stream
from cli.common import athena, cdk, local_cloud, redshift, sample
from cli.common.console import err, out, step
from cli.common.datasets import contracts
from cli.common.errors import UserError
from cli.common.ledger import Item, Ledger
from cli.common.options import Environment
from cli.common.paths import shown
from cli.common.session import Lake, connect
from cli.common.tables import rendered
from cli.wait import check_failed, wait

NEEDS = ["node", "local", "jars"]
STREAMED = "weather/stream/"
PAUSE = 0.5  # seconds between looks
MOST_SECONDS = 900  # for one refresh and what follows from it; it takes some tens of them

WORST_AIRLINES = """\
select airline, sum(flights) as flights, sum(cancelled) as cancelled,
       round(100.0 * sum(delayed_15) / sum(departed), 1) as percent_late,
       round(sum(mean_departure_delay * departed) / sum(departed), 1) as mean_delay_minutes
from {name}_consumer.daily_punctuality
group by airline order by percent_late desc limit 5"""
WORST_DAYS = """\
select flight_date, sum(flights) as flights, sum(cancelled) as cancelled,
       round(100.0 * sum(delayed_15) / sum(departed), 1) as percent_late
from {name}_consumer.daily_punctuality
group by flight_date order by cancelled desc limit 5"""
WORST_ROUTES = """\
select origin, dest, dest_name, distance, flights, cancelled, round(mean_arrival_delay, 1) as mean_arrival_delay
from {name}_consumer.route_punctuality
where flights >= 365 order by mean_arrival_delay desc limit 5"""
WORST_WEATHER = """\
select visibility, sum(flights) as flights, round(100.0 * sum(cancelled) / sum(flights), 1) as percent_cancelled,
       round(100.0 * sum(delayed_15) / sum(departed), 1) as percent_late,
       round(sum(mean_departure_delay * departed) / sum(departed), 1) as mean_delay_minutes
from {name}_consumer.delay_by_weather
group by visibility order by percent_late desc"""
PLANES = """\
select p.manufacturer, count(distinct p.tailnum) as planes, count(*) as flights, round(avg(p.seats), 0) as mean_seats
from {name}_processed.flights f join {name}_processed.planes p on p.tailnum = f.tailnum
group by p.manufacturer order by flights desc limit 5"""
ODD_WEATHER = """\
select time_hour, origin, temp, wind_dir, wind_speed, visib
from {name}_processed.weather where wind_speed > 253"""
STREAMED_ROWS = """\
select regexp_extract("_object", '^weather/([a-z]+)/', 1) as came_by, count(*) as hours, min(time_hour) as first, max(time_hour) as last
from {name}_processed.weather group by 1 order by 1"""
QUESTIONS = {
    "Which airlines leave late?": WORST_AIRLINES,
    "Which days were the worst?": WORST_DAYS,
    "Which routes arrive late?": WORST_ROUTES,
    "What does bad visibility do?": WORST_WEATHER,
    "What flies?": PLANES,
    "What came by the stream, and what as files?": STREAMED_ROWS,
    "Which hour of weather does the rule on wind warn of?": ODD_WEATHER,
}
LATE = """\
select carrier, sum(flights) as flights, sum(cancelled) as cancelled, sum(delayed_15) as late
from {place}.daily_punctuality where flight_date < date '2013-12-01'
group by carrier order by carrier"""
LATE_IN_FILES = """\
select carrier, count(*), count(*) filter (dep_time is null), count(*) filter (dep_delay > 15)
from read_csv({files}, nullstr = 'NA', sample_size = -1) group by carrier order by carrier"""
QUARANTINE = """\
select array_join("_reasons", '; ') as reasons, "_record" as record
from {name}_processed.flights_quarantine
where "_run_id" = '{run}'"""


@dataclass(frozen=True)
class Dirt:
    """What became of the dirty file, and of a file that had landed before."""

    file: Path
    run: str
    before: Item
    after: Item
    again: Item


def run(env: Environment = "local") -> None:
    begin = time.monotonic()
    lake = running(env)
    prepare(lake)
    ledger = Ledger.of(lake)
    seen = {item["run"] for item in recent(lake, ledger)}
    land_year(lake, ledger)
    dirt = land_dirt(lake, ledger)
    tell(lake, dirt, [item for item in recent(lake, ledger) if item["run"] not in seen])
    err.print(f"\n{time.monotonic() - begin:.0f} s in all. The lake is still running; try next:", style="bold")
    for line in next_steps(lake.environment, dirt.file):
        out.print(f"  {line}", markup=False)


def running(env: str) -> Lake:
    """Return the lake of an environment whose local cloud runs, started if it did not."""
    place = local_cloud.place(env)
    if place.process():
        err.print(f"  the local cloud runs already on {place.url}")
    else:
        with step("local cloud started"):
            local_cloud.start(place)
    return connect(env)


def prepare(lake: Lake) -> None:
    if not deploy.is_bootstrapped(lake):
        with step("account bootstrapped") as say:
            cdk.bootstrap(lake.environment, lake.settings, say)
    with step("stacks deployed") as say:
        changed = deploy.deploy(lake, say)
        say(f"{len(changed)} changed")


def land_year(lake: Lake, ledger: Ledger) -> None:
    """Land the year of flights and what is known beside it, unless an earlier demo did."""
    year, day = sample.weather()
    files = {**sample.files(), "weather": [year]}
    missing = {dataset: files[dataset] for dataset in files if not ledger.publication(dataset)}
    if not missing:
        err.print("  the year has landed before; what follows is done again")
        return
    with step("a year landed: " + ", ".join(missing)):
        for dataset, landed in missing.items():
            land.land(lake, dataset, landed)
    if "weather" in missing:
        stream_day(lake, ledger, day)
    settle(lake, "refreshed, with the products made of them")


def stream_day(lake: Lake, ledger: Ledger, day: Path) -> None:
    """Send the last day of weather as it would come: record by record."""
    with step("the last day of weather sent to the stream") as say:
        sent = stream.send(lake, "weather", day)
        say(f"{sent.accepted} records")
    with step("delivered to raw") as say:
        deadline = time.monotonic() + MOST_SECONDS
        while not (delivered := ledger.objects("weather", STREAMED)):
            if time.monotonic() > deadline:
                raise UserError(
                    f"nothing of the stream was in raw after {MOST_SECONDS} s; the log group /aws/kinesisfirehose/{lake.settings.name}-delivery says why"
                )
            time.sleep(PAUSE)
        say(str(delivered[0]["object"]).rpartition("/")[2])


def land_dirt(lake: Lake, ledger: Ledger) -> Dirt:
    with step("a dirty file landed"):
        file = sample.dirty()
        land.land(lake, "flights", [file])
    settle(lake, "refreshed without its broken rows")
    run = ledger.runs("flights", most=1)[0]["run"]
    before = ledger.publication("flights")
    with step("January landed once more"):
        land.land(lake, "flights", [sample.months()[0]])
    settle(lake, "refreshed: nothing was new")
    return Dirt(file, run, before, ledger.publication("flights"), ledger.runs("flights", most=1)[0])


def settle(lake: Lake, title: str) -> None:
    with step(title) as say:
        check_failed(wait(lake, MOST_SECONDS, say))


def recent(lake: Lake, ledger: Ledger) -> list[Item]:
    return [item for name in contracts(lake) for item in ledger.runs(name, most=20)]


def tell(lake: Lake, dirt: Dirt, refreshes: list[Item]) -> None:
    """Print what the lake knows now."""
    name = lake.settings.name
    for question, sql in QUESTIONS.items():
        show(lake, question, sql.format(name=name))
    heading(f"What {shown(dirt.file)} held: {len(sample.DIRT)} rows")
    for text in sample.DIRT:
        out.print(f"  {text}", markup=False)
    show(lake, "What of it is in quarantine, and why?", QUARANTINE.format(name=name, run=dirt.run))
    heading("Landing January again changed nothing")
    again = dirt.again
    out.print(f"  rows read {again['read']:,}, unchanged {again['unchanged']:,}; inserted {again['inserted']}, updated {again['updated']}")
    if dirt.before != dirt.after:
        raise UserError(f"landing January again changed flights, which is a defect: {dirt.before} became {dirt.after}")
    out.print(f"  flights has {dirt.after['rows']:,} rows at snapshot {dirt.after['snapshot']}, as before")
    heading("Every row of every refresh is accounted for")
    runs.show(refreshes, [])
    if lake.settings.warehouse.enabled:
        compare(lake)


def compare(lake: Lake) -> None:
    """Ask one question of the lake, of the warehouse that reads the lake, of the warehouse's copy, and of the files that landed.

    Raises:
        UserError: they do not agree.
    """
    places = {
        "Athena": (athena.query, f"{lake.settings.name}_consumer"),
        "Redshift, reading the lake": (redshift.query, "lake"),
        "Redshift, its own copy": (redshift.query, "native"),
    }
    answers = {who: ask(lake, LATE.format(place=place)) for who, (ask, place) in places.items()}
    files = [[*row] for row in duckdb.sql(LATE_IN_FILES.format(files=[str(file) for file in sample.months()[:11]])).fetchall()]
    heading("Who was late from January to November? Asked in Athena, through Redshift Spectrum, and of Redshift's own copy")
    out.print(LATE.format(place="SCHEMA"), style="dim", markup=False)
    out.print(rendered(answers["Athena"].columns, answers["Athena"].rows))
    for who, answer in answers.items():
        if answer.rows != files:
            raise UserError(f"{who} does not say what DuckDB says of the files that landed, which is a defect: {answer.rows} and {files}")
    out.print(f"  {', '.join(answers)}: the same {len(files)} rows, and what DuckDB says of the files that landed", markup=False)


def show(lake: Lake, question: str, sql: str) -> None:
    """Print a question, its SQL and the answer."""
    answer = athena.query(lake, sql)
    heading(question)
    out.print(sql, style="dim", markup=False)
    out.print(rendered(answer.columns, answer.rows))


def heading(text: str) -> None:
    out.print(f"\n{text}", style="bold", markup=False)


def next_steps(environment: str, dirty: Path) -> list[str]:
    option = "" if environment == "local" else f" --env {environment}"
    return [
        f"./lake query{option} \"select * from daily_punctuality where flight_date = date '2013-12-25'\"",
        f'./lake query{option} --engine redshift "select count(*) from native.daily_punctuality"',
        f"./lake runs{option} flights",
        f"./lake land{option} flights {shown(dirty)} && ./lake wait{option}",
        f"./lake drill{option}",
        f"./lake local status{option}",
        f"./lake status{option} --html .lake/status.html",
        f"./lake local stop{option}",  # last: nothing above it answers once it has stopped
    ]

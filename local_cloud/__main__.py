"""Start the local cloud: `python -m local_cloud --home DIR --port N --spark-python PATH`; it runs until SIGTERM or SIGINT."""

import argparse
import os
import sys
from pathlib import Path

from local_cloud import egress, log
from local_cloud.environment import Launch, prepare
from local_cloud.instance import UnavailableError, listen, lock
from local_cloud.replace import IncompatibleError


def main() -> int:
    """Run the local cloud and return its exit code: 0 when it was asked to stop, 1 with one line on standard error otherwise."""
    launch = _arguments()
    launch.home.mkdir(parents=True, exist_ok=True)
    try:
        with lock(launch.home), listen(launch.port) as listener:
            variables = prepare(launch, os.environ)
            os.environ.clear()
            os.environ.update(variables)
            log.start(launch.logs)
            egress.forbid()
            from local_cloud.launch import run  # ministack reads its environment when it is imported

            run(launch, listener)
    except (UnavailableError, IncompatibleError) as refusal:
        print(f"local cloud: {refusal}", file=sys.stderr)
        return 1
    return 0


def _arguments() -> Launch:
    parser = argparse.ArgumentParser(prog="python -m local_cloud", description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="folder of all state; made if absent")
    parser.add_argument("--port", type=int, required=True, help="the only port, on 127.0.0.1")
    parser.add_argument("--spark-python", type=Path, required=True, help="Python interpreter with PySpark, for Glue jobs")
    parser.add_argument(
        "--speed",
        type=float,
        default=Launch.speed,
        help="how many times as fast as the wall clock periods of alarms and rates of schedules pass: with 900, a quarter of an hour takes a second",
    )
    parser.add_argument(
        "--delivery-speed",
        type=float,
        default=Launch.delivery_speed,
        help="how many times as fast as the wall clock Firehose's buffers age: with 60, five minutes take five seconds",
    )
    given = parser.parse_args()
    # An interpreter of a virtual environment must not be resolved: it is known by its link.
    return Launch(
        home=given.home.resolve(),
        port=given.port,
        spark_python=given.spark_python.absolute(),
        speed=given.speed,
        delivery_speed=given.delivery_speed,
    )


if __name__ == "__main__":
    sys.exit(main())

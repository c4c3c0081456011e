"""Settings of alarms: from where on somebody is told."""

from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
class AlarmSettings:
    """What is too much.

    Attributes:
        quarantined_percent: of the rows of one refresh that may be set apart.
        slow_times: a run of a job that takes so many times as long as the dataset's last ones is slow.
        daily_dpu_hours: of all Glue jobs together.
    """

    quarantined_percent: Annotated[float, Field(gt=0, le=100)] = 5
    slow_times: Annotated[float, Field(gt=1)] = 3
    daily_dpu_hours: Annotated[float, Field(gt=0)] = 100

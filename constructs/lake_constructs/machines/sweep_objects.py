"""The part of the sweep that looks for objects: what lies in raw and is not in the ledger is recorded, as its event should have had it recorded."""

from lake_constructs.machines.batch_read import batch_read, wanted
from lake_constructs.machines.states import CAUGHT, CONDITION_FAILED, State, catch, choice, expression, key, task

DAYS = 2  # folders of arrival that are looked at: of today and of the day before
PAGE = 100  # objects in one answer, as many as one read of the ledger takes

# https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html, those that pass, as the SDK for Java names them
S3_RETRY = [
    {
        "ErrorEquals": ["S3.S3Exception", "S3.SdkClientException", "States.Timeout"],
        "IntervalSeconds": 1,
        "MaxAttempts": 4,
        "BackoffRate": 2,
        "JitterStrategy": "FULL",
    }
]


def search(ledger: str, raw: str, *, then: str, grace: int) -> dict[str, State]:
    """Return the states that look through the folders of a dataset.

    Args:
        raw: name of the bucket.
        grace: milliseconds after its arrival in which an object is left to its event.
    """
    day = "$substring($fromMillis($millis() - 86400000 * $), 0, 10)"
    days = ", ".join(map(str, range(DAYS)))
    return {
        "EachPlace": {
            "Type": "Map",
            "Items": expression(f"[$places.($place := $; [{days}].($place & 'ingest_date=' & {day} & '/'))]"),
            "MaxConcurrency": 1,
            "ItemProcessor": {"StartAt": "TakePlace", "States": {**_pages(ledger, raw, grace), **_record(ledger)}},
            "Assign": {
                "found": expression("$sum([$states.result.found])"),
                "cause": expression("$join([$states.result[$exists(cause)].cause], '; ')"),
            },
            "Output": {"dataset": expression("$dataset")},
            "Next": "WereAllSearched",
        },
        "WereAllSearched": choice([("$cause != ''", "NotRequested")], then),
    }


def _pages(ledger: str, raw: str, grace: int) -> dict[str, State]:
    old = f"[IsLatest and $toMillis(LastModified) < $millis() - {grace}]"
    seen = "{'key': Key, 'version': VersionId, 'size': Size, 'at': LastModified}"
    page = "$exists($states.result.NextKeyMarker)"
    more = "{'KeyMarker': $states.result.NextKeyMarker, 'VersionIdMarker': $states.result.NextVersionIdMarker}"
    return {
        "TakePlace": {
            "Type": "Pass",
            "Assign": {"folder": expression("$states.input"), "marker": {}, "unrequested": 0, "problem": ""},
            "Next": "ListPage",
        },
        "ListPage": task(
            "aws-sdk:s3:listObjectVersions",
            expression(f"$merge([{{'Bucket': '{raw}', 'Prefix': $folder, 'MaxKeys': {PAGE}}}, $marker])"),
            "IsAnyListed",
            Retry=S3_RETRY,
            Assign={
                "objects": expression(f"[$states.result.Versions{old}.{seen}]"),
                "marker": expression(f"{page} ? {more} : {{}}"),
                "isMore": expression(page),
            },
            Catch=[_problem()],
        ),
        "IsAnyListed": choice([("$count($objects) > 0", "TakeObjects")], "IsMoreListed"),
        "TakeObjects": {
            "Type": "Pass",
            "Assign": wanted(
                ledger,
                "[$objects.{'dataset': {'S': $dataset}, 'item': {'S': 'object#' & key & '#' & version}}]",
                into="records",
            ),
            "Next": "ReadRecords",
        },
        **batch_read(ledger, "Records", then="Compare", otherwise="PlaceSearched", caught=_problem(), into="records", cause="problem"),
        "IsMoreListed": choice([("$isMore", "ListPage")], "PlaceSearched"),
        "PlaceSearched": {
            "Type": "Pass",
            "Output": expression(
                "$merge([{'found': $unrequested}, $problem = '' ? {} : {'cause': $dataset & ': ' & $folder & ': ' & $problem}])"
            ),
            "End": True,
        },
    }


def _record(ledger: str) -> dict[str, State]:
    """Return the states that record what the ledger does not have, and count it with what was recorded since the last run and is pending."""
    named = "'object#' & key & '#' & version"
    unasked = "$records[$exists(pending) and $exists(recorded_at) and $toMillis(recorded_at.S) > $since]"
    item = expression("'object#' & $states.input.key & '#' & $states.input.version")
    return {
        "Compare": {
            "Type": "Pass",
            "Assign": {
                "missing": expression(f"[$objects[$not(({named}) in $records.item.S)]]"),
                "unrequested": expression(f"$unrequested + $count({unasked})"),
            },
            "Next": "EachMissing",
        },
        "EachMissing": {
            "Type": "Map",
            "Items": expression("$missing"),
            "MaxConcurrency": 5,
            "ItemProcessor": {
                "StartAt": "RecordMissing",
                "States": {
                    "RecordMissing": task(
                        "aws-sdk:dynamodb:putItem",
                        {
                            "TableName": ledger,
                            "Item": {
                                **key(expression("$dataset"), item),
                                "object": {"S": expression("$states.input.key")},
                                "version": {"S": expression("$states.input.version")},
                                "size": {"N": expression("$string($states.input.size)")},
                                "arrived_at": {"S": expression("$states.input.at")},
                                "recorded_at": {"S": expression("$now()")},
                                "state": {"S": "arrived"},
                                "pending": {"S": item},
                            },
                            "ConditionExpression": "attribute_not_exists(dataset)",
                        },
                        None,
                        Catch=[catch(CONDITION_FAILED, "IsRecorded")],
                    ),
                    "IsRecorded": {"Type": "Succeed"},
                },
            },
            "Assign": {"unrequested": expression("$unrequested + $count($missing)")},
            "Next": "IsMoreListed",
            "Catch": [_problem()],
        },
    }


def _problem() -> State:
    return catch("States.ALL", "PlaceSearched", {"problem": expression(CAUGHT)})

from typing import Any

import pytest

from lake_constructs.validation.templates import Templates
from tests.constructs.validation.samples import output_of, resource, stack

STORE = stack(
    "store",
    {"Arn": {"Fn::GetAtt": ["Bucket", "Arn"]}, "Again": output_of("store", "Arn")},
    Bucket=resource("S3::Bucket"),
    Topic=resource("SNS::Topic", TopicName="told"),
)
READER = stack("reader", Queue=resource("SQS::Queue"))
BUCKET = "arn:aws:s3:::<store.Bucket>"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, BUCKET),
        ({"Fn::GetAtt": "Bucket.Arn"}, BUCKET),
        ({"Fn::Join": ["", [{"Fn::GetAtt": ["Bucket", "Arn"]}, "/a/*"]]}, f"{BUCKET}/a/*"),
        ({"Fn::Sub": "${Bucket.Arn}/a in ${AWS::Region}"}, f"{BUCKET}/a in eu-west-1"),
        ({"Fn::Sub": ["${Name} and ${!Literal}", {"Name": {"Ref": "Bucket"}}]}, "<store.Bucket> and ${!Literal}"),
        (output_of("store", "Arn"), BUCKET),
        (output_of("store", "Again"), BUCKET),
        ({"Ref": "Topic"}, "arn:aws:sns:eu-west-1:111111111111:told"),
        ({"Ref": "AWS::AccountId"}, "111111111111"),
        (output_of("gone", "Arn"), "<gone.Arn>"),
        ({"Ref": "Gone"}, "<store.Gone>"),
        (7, "7"),
    ],
)
def test_a_value_reads_the_same_whichever_way_it_is_written(value: Any, text: str) -> None:
    assert Templates([STORE, READER]).text(STORE, value) == text


@pytest.mark.parametrize("value", [output_of("store", "Again"), {"deep": [{"Fn::Join": ["", [output_of("store", "Arn"), "/*"]]}]}])
def test_a_reference_through_an_output_leads_to_the_resource(value: Any) -> None:
    assert [str(found) for found in Templates([STORE, READER]).targets(READER, value)] == ["store/Bucket"]


@pytest.mark.parametrize("value", ["Bucket", {"Ref": "Bucket"}, output_of("store", "None"), output_of("gone", "Arn")])
def test_a_text_or_a_reference_to_nothing_leads_nowhere(value: Any) -> None:
    assert Templates([STORE, READER]).target(READER, value) is None

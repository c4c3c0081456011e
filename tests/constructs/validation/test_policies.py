import pytest

from lake_constructs.validation.policies import matches, of_role, role_allows, service_allowed, statements
from lake_constructs.validation.templates import Templates
from tests.constructs.validation.samples import resource, stack

ALLOW = {"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::a/*"}


@pytest.mark.parametrize(
    ("text", "pattern", "fits"),
    [("s3:getobject", "s3:get*", True), ("ab", "a?", True), ("abc", "a?", False), ("a.c", "a.c", True), ("abc", "a.c", False)],
)
def test_a_wildcard_stands_for_any_text_and_a_question_mark_for_one_character(text: str, pattern: str, fits: bool) -> None:
    assert matches(text, pattern) is fits


def test_a_role_holds_what_stands_inline_and_in_policies_of_their_own() -> None:
    inline = [{"PolicyName": "a", "PolicyDocument": {"Statement": ALLOW}}]
    managed = resource("IAM::ManagedPolicy", PolicyDocument={"Statement": [{**ALLOW, "Action": "s3:PutObject"}]})
    attached = resource(
        "IAM::Policy", Roles=[{"Ref": "Role"}], PolicyDocument={"Statement": {**ALLOW, "Action": ["sns:*"], "Resource": "*"}}
    )
    role = resource("IAM::Role", Policies=inline, ManagedPolicyArns=[{"Ref": "Managed"}])
    templates = Templates([stack("a", Role=role, Managed=managed, Attached=attached)])
    (found,) = templates.resources("AWS::IAM::Role")
    held = of_role(templates, found)
    assert [
        role_allows(held, action, "arn:aws:s3:::a/b") for action in ("s3:GetObject", "s3:PutObject", "sns:Publish", "s3:DeleteObject")
    ] == [
        True,
        True,
        True,
        False,
    ]


@pytest.mark.parametrize(("account", "allowed"), [("1", True), ("2", False)])
def test_a_condition_on_what_is_known_has_to_be_met_and_another_is_taken_as_met(account: str, allowed: bool) -> None:
    condition = {"StringEquals": {"aws:SourceAccount": "1"}, "Bool": {"aws:Unknown": "true"}}
    policy = {"Statement": [{**ALLOW, "Principal": {"Service": ["x.amazonaws.com"]}, "Condition": condition}]}
    own = stack("a")
    held = list(statements(Templates([own]), own, policy))
    assert service_allowed(held, "x.amazonaws.com", "s3:GetObject", "arn:aws:s3:::a/b", {"aws:SourceAccount": account}) is allowed

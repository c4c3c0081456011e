from lake_constructs.validation.every import findings
from lake_constructs.validation.rules.glue import job_settings_agree
from lake_constructs.validation.templates import Templates
from tests.constructs.validation.samples import problems, resource, stack


def test_what_a_rule_cannot_read_is_a_finding_that_says_so_and_no_traceback() -> None:
    job = resource("Glue::Job", GlueVersion={"Ref": "Version"})
    (found,) = problems(job_settings_agree, stack("a", Job=job))
    assert found.startswith("it is written in a way that this rule cannot read (TypeError:")


def test_a_template_without_resources_and_a_resource_without_properties_are_taken() -> None:
    assert findings(Templates([stack("a"), stack("b", Topic={"Type": "AWS::SNS::Topic"})])) == []


def test_a_finding_reads_as_what_is_wrong_and_how_to_mend_it() -> None:
    (found,) = findings(Templates([stack("a", Database=resource("Glue::Database", DatabaseInput={"Name": "A"}))]))
    assert str(found) == "a/Database: its name is A; use lower case letters, digits and underscores (database-can-be-queried)"

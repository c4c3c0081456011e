"""Glue and Athena: databases, jobs, crawlers, classifiers, security configurations, workgroups."""

from typing import Any

from ministack.core.responses import AccountRegionScopedDict

from local_cloud.client import client
from local_cloud.cloudformation import provisioners
from local_cloud.cloudformation.resource import Own, Properties, ResourceType, properties
from local_cloud.replace import borrow
from local_cloud.shapes import parameters

KEPT_BESIDE = (
    "ExecutionClass",
    "ExecutionProperty",
    "JobMode",
    "JobRunQueuingEnabled",
    "LogUri",
    "MaintenanceWindow",
    "NotificationProperty",
)
"""Properties of a job that ministack's API does not take but shows, once they are in its record."""

_jobs: dict[str, Any] = borrow("ministack.services.glue", "_jobs", AccountRegionScopedDict, "keep all properties of a job")


def complete_job(name: str, new: Properties, _: Properties) -> None:
    """Keep with a job what ministack drops: how many runs it may have at once, whether they queue, and the like."""
    record = _jobs[name]
    for property_name in KEPT_BESIDE:
        record.pop(property_name, None)
    record.update(parameters("glue", "CreateJob", {key: new[key] for key in KEPT_BESIDE if key in new}))


def create_security_configuration(logical_id: str, given: Properties, stack: str) -> tuple[str, Properties]:
    """Create a security configuration under its name, or one made from stack and logical id."""
    name = given.get("Name") or provisioners.physical_name(stack, logical_id)
    # The API's member is S3Encryption, the template's S3Encryptions.
    encryption = {{"S3Encryptions": "S3Encryption"}.get(key, key): value for key, value in given["EncryptionConfiguration"].items()}
    request = parameters("glue", "CreateSecurityConfiguration", {"Name": name, "EncryptionConfiguration": encryption})
    client("glue").create_security_configuration(**request)
    return name, {}


def delete_security_configuration(name: str, _: Properties) -> None:
    """Delete a security configuration, unless it is gone."""
    glue = client("glue")
    try:
        glue.delete_security_configuration(Name=name)
    except glue.exceptions.EntityNotFoundException:
        return  # deleted by hand: the stack has what it wants


def create_classifier(_: str, given: Properties, __: str) -> tuple[str, Properties]:
    """Create a classifier for CSV under its name.

    Raises:
        ValueError: it has no name; a crawler could not refer to it.
    """
    csv = given["CsvClassifier"]
    if not csv.get("Name"):
        raise ValueError("a CsvClassifier needs a Name in the local cloud")
    # in the template ContainsCustomDatatype is what the API calls CustomDatatypes
    named = {{"ContainsCustomDatatype": "CustomDatatypes"}.get(key, key): value for key, value in csv.items()}
    client("glue").create_classifier(**parameters("glue", "CreateClassifier", {"CsvClassifier": named}))
    return csv["Name"], {}


def delete_classifier(name: str, _: Properties) -> None:
    """Delete a classifier, unless it is gone."""
    glue = client("glue")
    try:
        glue.delete_classifier(Name=name)
    except glue.exceptions.EntityNotFoundException:
        return  # deleted by hand: the stack has what it wants


def change_classifier(name: str, _: Properties, new: Properties) -> Properties:
    """Change a classifier where it is.

    Raises:
        ValueError: it would have another name.
    """
    if new["CsvClassifier"].get("Name") != name:
        raise ValueError(f"the Name of classifier {name} cannot be changed in the local cloud: give it another logical id too")
    delete_classifier(name, {})
    create_classifier("", new, "")
    return {}


TYPES = (
    ResourceType("AWS::Glue::Classifier", properties("CsvClassifier"), own=Own(create_classifier, delete_classifier, change_classifier)),
    ResourceType(
        "AWS::Glue::Crawler",
        properties(
            "Classifiers Configuration CrawlerSecurityConfiguration DatabaseName Description Name RecrawlPolicy Role Schedule",
            "SchemaChangePolicy TablePrefix Tags Targets",
        ),
    ),
    ResourceType("AWS::Glue::Database", properties("CatalogId DatabaseInput DatabaseName")),
    ResourceType("AWS::Glue::Table", properties("CatalogId DatabaseName TableInput")),
    ResourceType(
        "AWS::Glue::Job",
        properties(
            "Command Connections DefaultArguments Description ExecutionClass ExecutionProperty GlueVersion JobMode JobRunQueuingEnabled",
            "LogUri MaintenanceWindow MaxCapacity MaxRetries Name NonOverridableArguments NotificationProperty NumberOfWorkers Role",
            "SecurityConfiguration Tags Timeout WorkerType",
        ),
        complete=complete_job,
    ),
    ResourceType(
        "AWS::Glue::SecurityConfiguration",
        properties("EncryptionConfiguration Name"),
        own=Own(create_security_configuration, delete_security_configuration),
    ),
    ResourceType("AWS::Athena::WorkGroup", properties("Description Name RecursiveDeleteOption State Tags WorkGroupConfiguration")),
)

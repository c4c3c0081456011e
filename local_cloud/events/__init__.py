"""EventBridge: what it delivers, under which role, and where it puts what it cannot deliver."""

from local_cloud.events import delivery, object_events, schedules
from local_cloud.replace import replace, wrap

MODULE = "ministack.services.eventbridge"


def install() -> None:
    """Deliver events our way, and complete what S3 says in them."""
    replace(MODULE, "_SUPPORTED_TARGET_SERVICES", set(delivery.TARGETS), "refuse targets that are not in the local cloud")
    wrap(MODULE, "_invoke_target", delivery.for_target, "know the target that an event goes to")
    replace(MODULE, "_dispatch_to_stepfunctions", delivery.to_state_machine, "start executions under the target's role")
    replace(MODULE, "_dispatch_to_lambda", delivery.to_function, "invoke functions under the target's role")
    replace(MODULE, "_dispatch_to_sqs", delivery.to_queue, "send messages as the queue's policy allows")
    replace(MODULE, "_dispatch_to_sns", delivery.to_topic, "publish messages as the topic's policy allows")
    for change in ("_create_schedule", "_update_schedule"):
        wrap(schedules.MODULE, change, schedules.checked, "refuse schedules that would not be in effect")
    wrap("ministack.services.s3", "_fire_s3_event", object_events.with_version, "know the version that an event of S3 is about")
    wrap(MODULE, "_dispatch_event", object_events.completed, "name the version in events of S3")

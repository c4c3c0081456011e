"""Faults that somebody could make in the templates of the lake, each with the rule of ours that catches it."""

from operator import methodcaller
from typing import Any

from tests.stacks.mutate import (
    Change,
    Mutation,
    definition,
    depends_no_more_on,
    drop,
    put,
    state,
    statement,
    swap,
    whole,
    without,
)

PROCESSING, FLOW = "Processing-aviation", "Orchestration"
LOGS, EVENTS = "logs.eu-west-1.amazonaws.com", "events.amazonaws.com"
ACCOUNT = "222222222222"


def having(**values: Any) -> Any:
    """Return what sets keys of a mapping."""
    return methodcaller("update", values)


def lacking(key: str) -> Any:
    """Return what removes a key of a mapping."""
    return methodcaller("__delitem__", key)


def _many(stack: str, resource: str, rule: str | None, **faults: Change) -> list[Mutation]:
    return [Mutation(what.replace("_", " "), stack, resource, change, rule) for what, change in faults.items()]


def another(kind: str) -> Change:
    """Return what adds a resource to a template."""
    return lambda template: template["Resources"].update(Another={"Type": kind, "Properties": {}})


def without_end(found: dict[str, Any]) -> None:
    """Lead every state that ends an execution back to the start."""
    for name, ending in found["States"].items():
        if ending["Type"] in ("Fail", "Succeed"):
            found["States"][name] = {"Type": "Pass", "Next": found["StartAt"]}


KEY = [
    *_many(
        "Storage",
        "EncryptionKey",
        "key-lets-logs-of-jobs-encrypt",
        key_lets_logs_of_machines_encrypt_alone=swap("Properties/KeyPolicy", f":{ACCOUNT}:*", f":{ACCOUNT}:log-group:/aws/vendedlogs/*"),
    ),
    *_many(
        "Storage",
        "EncryptionKey",
        "key-lets-logs-encrypt",
        key_forgets_the_logs_service=without(LOGS),
        key_names_the_logs_service_of_another_region=statement(LOGS, having(Principal={"Service": "logs.us-east-1.amazonaws.com"})),
        key_lets_logs_decrypt_only=statement(LOGS, having(Action=["kms:Decrypt*", "kms:Describe*"])),
        key_lets_logs_of_another_account_encrypt=swap("Properties/KeyPolicy", f"eu-west-1:{ACCOUNT}:*", "eu-west-1:111111111111:*"),
    ),
    *_many(
        "Storage",
        "EncryptionKey",
        "key-lets-services-deliver",
        key_forgets_the_events_service=without(EVENTS),
        key_lets_events_encrypt_only=statement(EVENTS, having(Action="kms:GenerateDataKey*")),
        key_lets_events_of_another_account_in=statement(EVENTS, having(Condition={"StringEquals": {"aws:SourceAccount": "111111111111"}})),
        key_misspells_the_events_service=statement(EVENTS, having(Principal={"Service": "event.amazonaws.com"})),
        key_denies_by_a_wrong_effect=statement(EVENTS, having(Effect="Deny")),
    ),
    *_many("Storage", "EncryptionKey", "actions-exist", key_misspells_an_action=statement(EVENTS, having(Action="kms:GenerateDatakeys*"))),
    *_many("Storage", "EncryptionKey", "what-others-refer-to-stays", key_goes_at_its_replacement=whole("UpdateReplacePolicy", "Delete")),
    *_many(
        "Storage",
        "EncryptionKey",
        None,
        key_does_not_rotate=put("EnableKeyRotation", False),
        key_forgets_the_alarms_service=without("cloudwatch.amazonaws.com"),
    ),
]
STORAGE = [
    *_many(
        "Storage",
        "RawBucket672A0DBB",
        "bucket-sends-its-events",
        raw_sends_no_events=drop("NotificationConfiguration"),
        raw_switches_events_off=put("NotificationConfiguration/EventBridgeConfiguration/EventBridgeEnabled", False),
    ),
    *_many(
        "Storage",
        "RawBucket672A0DBB",
        "destination-lets-services-deliver",
        raw_logs_access_to_itself=put("LoggingConfiguration/DestinationBucketName", {"Ref": "RawBucket672A0DBB"}),
        raw_logs_access_under_another_prefix=put("LoggingConfiguration/LogFilePrefix", "Other/"),
    ),
    *_many(
        "Storage",
        "AccessLogsBucketPolicy",
        "destination-lets-services-deliver",
        access_logs_refuse_one_bucket=drop("PolicyDocument/Statement/1"),
        access_logs_misspell_the_service=put("PolicyDocument/Statement/1/Principal/Service", "logging.s3.amazonaws.co"),
        access_logs_let_another_bucket_in=put("PolicyDocument/Statement/1/Condition/ArnLike", {"aws:SourceArn": "arn:aws:s3:::other"}),
        access_logs_lose_the_policy_s_resource=put(
            "PolicyDocument/Statement/1/Resource", {"Fn::GetAtt": ["AccessLogsBucketCD784A59", "Arn"]}
        ),
    ),
    *_many(
        "Storage",
        "AccessLogsBucketCD784A59",
        "key-lets-services-deliver",
        access_logs_are_encrypted_with_a_key_that_s3_may_not_use=put(
            "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault",
            {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": ["EncryptionKey3A692D6E", "Arn"]}},
        ),
    ),
    *_many(
        "Storage",
        "RawBucketPolicy",
        "actions-exist",
        bucket_policy_misspells_an_action=put("PolicyDocument/Statement/0/Action", "s3:PutObjects"),
    ),
    *_many(
        "Storage",
        "RawBucket672A0DBB",
        "what-others-refer-to-stays",
        raw_is_named_after_another_bucket=put("BucketName", {"Fn::Sub": "${AccessLogsBucketCD784A59}-raw"}),
        raw_goes_at_its_replacement=whole("UpdateReplacePolicy", "Delete"),
    ),
    *_many(
        "Storage",
        "RawBucket672A0DBB",
        None,
        raw_is_not_encrypted=drop("BucketEncryption"),
        raw_may_be_public=drop("PublicAccessBlockConfiguration"),
        raw_keeps_no_versions=drop("VersioningConfiguration"),
        raw_has_an_unknown_encryption=put(
            "BucketEncryption/ServerSideEncryptionConfiguration/0/ServerSideEncryptionByDefault/SSEAlgorithm", "aws:kmss"
        ),
        raw_keeps_unfinished_uploads=drop("LifecycleConfiguration"),
        raw_logs_no_access=drop("LoggingConfiguration"),
    ),
    *_many("Storage", "RawBucketPolicy", None, bucket_policy_forgets_its_denial_of_plain_http=drop("PolicyDocument/Statement/0")),
    *_many("Storage", "LedgerTable", "what-others-refer-to-stays", ledger_is_deleted_with_its_stack=whole("DeletionPolicy", "Delete")),
    *_many(
        "Storage",
        "LedgerTable",
        None,
        ledger_is_encrypted_with_another_key=drop("SSESpecification"),
        ledger_has_a_key_of_no_attribute=put("KeySchema/0/AttributeName", "set"),
        ledger_cannot_be_brought_back=drop("PointInTimeRecoverySpecification"),
        ledger_is_billed_in_an_unknown_way=put("BillingMode", "ON_DEMAND"),
    ),
    *_many(
        "Storage",
        "",
        "references-to-stacks-find-their-output",
        output_that_others_read_is_renamed=lambda template: template["Outputs"].update(
            Renamed=template["Outputs"].pop("PublishOutputRefLedgerTable9343E4AA1381E625")
        ),
    ),
]
CATALOG = [
    *_many(
        "Catalog",
        "RawDatabase",
        "what-is-kept-leaves-the-next-deploy-its-name",
        database_stays_when_its_first_deploy_fails=whole("DeletionPolicy", "Retain"),
    ),
    *_many(
        "Catalog",
        "QueryWorkgroup",
        "workgroup-answers",
        results_go_to_no_address=put("WorkGroupConfiguration/ResultConfiguration/OutputLocation", "results/"),
        results_go_to_a_file=put("WorkGroupConfiguration/ResultConfiguration/OutputLocation", "s3://results/lake"),
        results_have_an_unknown_encryption=put(
            "WorkGroupConfiguration/ResultConfiguration/EncryptionConfiguration/EncryptionOption", "SSE-KMS"
        ),
        results_are_encrypted_with_no_key=drop("WorkGroupConfiguration/ResultConfiguration/EncryptionConfiguration/KmsKey"),
        queries_are_cut_off_at_once=put("WorkGroupConfiguration/BytesScannedCutoffPerQuery", 1000),
        engine_is_unknown=put("WorkGroupConfiguration/EngineVersion/SelectedEngineVersion", "Athena engine v3"),
        users_may_change_the_workgroup=put("WorkGroupConfiguration/EnforceWorkGroupConfiguration", False),
    ),
    *_many(
        "Catalog",
        "RawDatabase",
        "database-can-be-queried",
        database_has_a_hyphen=put("DatabaseInput/Name", "lake-raw"),
        database_has_a_capital=put("DatabaseInput/Name", "Lake_raw"),
    ),
    *_many(
        "Catalog", "RawDatabase", "physical-names-do-not-clash", two_databases_have_one_name=put("DatabaseInput/Name", "lake_processed")
    ),
    *_many(
        "Catalog",
        "RawDatabase",
        "references-to-stacks-find-their-output",
        reference_names_no_stack=swap("Properties/DatabaseInput", "lake-storage", "lake-store"),
        reference_names_no_output=swap("Properties/DatabaseInput", "PublishOutputRef", "PublishedRef"),
    ),
]
FLIGHTS = ("flightsJob", "flightsRole2", "flightsRoleDefaultPolicy")
SPARK = "DefaultArguments/--conf"
JOBS = [
    *_many(
        PROCESSING,
        FLIGHTS[0],
        "policy-is-there-before-what-uses-it",
        job_may_be_created_before_all_it_needs=whole("DependsOn", None),
        job_may_be_created_before_its_policy=depends_no_more_on("RoleDefaultPolicy"),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[0],
        "job-finds-its-security-configuration",
        job_may_be_created_before_its_security=depends_no_more_on("SecurityConfiguration"),
        job_names_no_security_configuration_there_is=put("SecurityConfiguration", "lake-shipping"),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[1],
        "role-trusts-its-service",
        job_role_misspells_glue=put("AssumeRolePolicyDocument/Statement/0/Principal/Service", "glue.amazonaws.co"),
        job_role_trusts_another_service=put("AssumeRolePolicyDocument/Statement/0/Principal/Service", "states.amazonaws.com"),
        job_role_is_given_to_nobody=put("AssumeRolePolicyDocument/Statement/0/Effect", "Deny"),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[2],
        "role-may-use-the-keys",
        job_may_not_use_the_key=without("UseKey"),
        job_may_not_decrypt=statement("UseKey", having(Action=["kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"])),
        job_may_not_make_data_keys=statement("UseKey", having(Action=["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"])),
        job_may_use_another_key=statement("UseKey", having(Resource=f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/other")),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[2],
        "job-may-encrypt-its-log-and-bookmark",
        job_may_not_encrypt_bookmarks=statement("UseKey", having(Action=["kms:Decrypt", "kms:GenerateDataKey"])),
        job_may_not_encrypt_its_log=statement(
            "WriteLog", having(Action=["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"])
        ),
        job_writes_another_log=statement(
            "WriteLog", having(Resource=f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws-glue/jobs/lake-shipping/*")
        ),
        job_policy_belongs_to_another_role=put("Roles", [{"Ref": "airlinesRoleC7C37BA6"}]),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[0],
        "job-may-encrypt-its-log-and-bookmark",
        job_logs_where_another_domain_does=put("DefaultArguments/--custom-logGroup-prefix", "/aws-glue/jobs/lake-shipping"),
        job_logs_where_all_do=drop("DefaultArguments/--custom-logGroup-prefix"),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[2],
        "actions-exist",
        policy_misspells_an_action=statement("OwnTables", having(Action="glue:GetTabel")),
        policy_has_a_wildcard_that_fits_nothing=statement("OwnTables", having(Action="glue:Gettabel*")),
        policy_misspells_a_service=statement("KeepAccounts", having(Action="dynamo:GetItem")),
        policy_has_an_action_of_no_service=statement("KeepAccounts", having(Action="GetItem")),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[0],
        "job-configuration-is-of-one-piece",
        spark_settings_are_a_list_by_commas=swap("Properties/DefaultArguments", " --conf spark.sql.session", ",spark.sql.session "),
        spark_settings_are_chained_by_blanks=swap("Properties/DefaultArguments", " --conf spark.sql.session", " spark.sql.session"),
        spark_setting_stands_twice=swap(
            "Properties/DefaultArguments", "timeZone=UTC", "timeZone=UTC --conf spark.sql.session.timeZone=CET"
        ),
        spark_catalog_is_not_defined=swap("Properties/DefaultArguments", "glue_catalog=org.apache.iceberg.spark.SparkCatalog", "other=x"),
        spark_catalog_has_no_implementation=swap("Properties/DefaultArguments", "glue_catalog.catalog-impl", "glue_catalog.implementation"),
        spark_lacks_the_extension=swap("Properties/DefaultArguments", "iceberg.spark.extensions.Iceberg", "iceberg.spark.extensions.Delta"),
        tables_have_no_format=drop("DefaultArguments/--datalake-formats"),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[0],
        "job-arguments-are-valid",
        format_is_misspelt=put("DefaultArguments/--datalake-formats", "iceburg"),
        switch_has_a_capital=put("DefaultArguments/--enable-auto-scaling", "True"),
        switch_is_misspelt=put("DefaultArguments/--enable-autoscaling", "true"),
        bookmark_option_is_unknown=put("DefaultArguments/--job-bookmark-option", "enabled"),
        code_comes_from_no_bucket=put("DefaultArguments/--extra-py-files", "shared.zip"),
        argument_is_glue_s_own=put("DefaultArguments/--JOB_NAME", "flights"),
        argument_has_no_dashes=put("DefaultArguments/database", "lake_processed"),
    ),
    *_many(
        PROCESSING,
        FLIGHTS[0],
        "job-settings-agree",
        job_queues_and_retries=put("MaxRetries", 1),
        job_keeps_a_bookmark_and_runs_at_once=put("ExecutionProperty/MaxConcurrentRuns", 3),
        job_has_two_sizes=put("MaxCapacity", 4),
        job_scales_one_worker=put("NumberOfWorkers", 1),
        job_scales_on_an_old_version=put("GlueVersion", "2.0"),
        job_wants_python_2=put("Command/PythonVersion", "2"),
    ),
    *_many(PROCESSING, FLIGHTS[0], "physical-names-do-not-clash", two_jobs_have_one_name=put("Name", "lake-airlines")),
    *_many(
        PROCESSING,
        FLIGHTS[0],
        None,
        job_has_unknown_workers=put("WorkerType", "G.1"),
        job_is_of_an_unknown_kind=put("Command/Name", "glueetls"),
        job_keeps_its_log_in_the_clear=drop("SecurityConfiguration"),
    ),
    *_many(
        PROCESSING,
        "SecurityConfiguration",
        None,
        security_has_an_unknown_mode=put("EncryptionConfiguration/CloudWatchEncryption/CloudWatchEncryptionMode", "SSE_KMS"),
        bookmarks_are_not_encrypted=drop("EncryptionConfiguration/JobBookmarksEncryption"),
    ),
    *_many(PROCESSING, FLIGHTS[2], None, policy_allows_everything_in_glue=statement("OwnTables", having(Action="glue:*"))),
]
RULES = [
    *_many(
        FLOW,
        "ArrivedRule",
        "event-pattern-is-valid",
        pattern_has_an_unknown_key=put("EventPattern", {"source": ["aws.s3"], "detailtype": ["Object Created"]}),
        pattern_has_a_bare_value=put("EventPattern/source", "aws.s3"),
        pattern_waits_for_an_event_of_another_spelling=put("EventPattern/detail-type", ["Object created"]),
        pattern_is_empty=put("EventPattern", {}),
        pattern_has_an_empty_list=put("EventPattern/source", []),
        pattern_has_an_unknown_operator=put("EventPattern/detail", {"object": {"key": [{"startsWith": "flights/"}]}}),
        rule_has_neither_pattern_nor_schedule=drop("EventPattern"),
    ),
    *_many(
        FLOW,
        "RefreshedRule",
        "schedule-is-valid",
        rate_has_the_wrong_number=put("ScheduleExpression", "rate(1 days)"),
        cron_has_five_fields=put("ScheduleExpression", "cron(0 6 * * ?)"),
        cron_names_two_days=put("ScheduleExpression", "cron(0 6 1 * MON *)"),
        cron_has_an_hour_too_many=put("ScheduleExpression", "cron(0 24 * * ? *)"),
        schedule_is_no_expression=put("ScheduleExpression", "every day"),
    ),
    *_many(
        FLOW,
        "ArrivedRule",
        "policy-is-there-before-what-uses-it",
        rule_may_be_created_before_its_role_s_policy=whole("DependsOn", None),
    ),
    *_many(
        FLOW,
        "RuleRoleDefaultPolicy",
        "role-may-start-the-target",
        rule_may_not_start_the_machine=put("PolicyDocument/Statement/0/Action", "states:StartSyncExecution"),
        rule_may_start_another_machine=put("PolicyDocument/Statement/0/Resource", f"arn:aws:states:eu-west-1:{ACCOUNT}:stateMachine:other"),
    ),
    *_many(
        FLOW,
        "RuleRole85A02A56",
        "role-trusts-its-service",
        rule_role_trusts_the_scheduler=put("AssumeRolePolicyDocument/Statement/0/Principal/Service", "scheduler.amazonaws.com"),
    ),
    *_many(
        FLOW,
        "UndeliveredQueuePolicy",
        "destination-lets-services-deliver",
        dead_letters_of_one_rule_are_refused=drop("PolicyDocument/Statement/1"),
        dead_letters_of_another_source_are_let_in=swap("Properties/PolicyDocument", "ArrivedRuleD03E34F7", "RefreshedRule1FAD9ED1"),
        dead_letters_come_from_another_service=swap("Properties/PolicyDocument", "events.amazonaws.com", "sns.amazonaws.com"),
        queue_policy_allows_another_action=swap("Properties/PolicyDocument", "sqs:SendMessage", "sqs:ReceiveMessage"),
    ),
    *_many(
        FLOW,
        "FailuresTopicPolicy",
        "actions-exist",
        topic_policy_misspells_an_action=put("PolicyDocument/Statement/0/Action", "sns:Publsh"),
    ),
    *_many(
        FLOW,
        "ArrivedRule",
        None,
        rule_has_no_dead_letters=drop("Targets/0/DeadLetterConfig"),
        rule_has_an_unknown_state=put("State", "ON"),
    ),
    *_many(
        FLOW,
        "UndeliveredQueue47FA64CB",
        None,
        queue_is_not_encrypted=drop("KmsMasterKeyId"),
        queue_forgets=put("MessageRetentionPeriod", 5),
    ),
    *_many(FLOW, "FailuresTopic6CB7CD9B", None, topic_is_not_encrypted=drop("KmsMasterKeyId")),
    *_many(
        "Monitoring",
        "Topiclakeoperators",
        "subscription-can-be-delivered",
        subscription_has_an_unknown_protocol=put("Protocol", "e-mail"),
        subscription_goes_to_no_address=put("Endpoint", "operators"),
        subscription_goes_to_an_address_of_another_protocol=put("Protocol", "https"),
    ),
    *_many("Monitoring", "Topiclakeoperators", None, subscription_tells_of_each_failure=put("TopicArn", {"Ref": "EachTopicDAE93267"})),
    *_many(FLOW, "IntakeLog4", None, log_is_kept_42_days=put("RetentionInDays", 42), log_is_not_encrypted=drop("KmsKeyId")),
]
PUBLISH = "arn:aws:states:::sns:publish"
MACHINES = [
    *_many(
        FLOW,
        "IntakeLog4",
        "log-group-has-the-vended-prefix",
        machine_logs_to_a_group_of_another_prefix=put("LogGroupName", "/aws/states/lake-intake"),
        log_group_has_no_name=drop("LogGroupName"),
    ),
    *_many(
        FLOW, "IntakeLog4", "physical-names-do-not-clash", two_logs_have_one_name=put("LogGroupName", "/aws/vendedlogs/states/lake-refresh")
    ),
    *_many(
        FLOW,
        "RefreshMachine",
        "policy-is-there-before-what-uses-it",
        machine_may_be_created_before_its_policy=depends_no_more_on("DefaultPolicy"),
    ),
    *_many(
        FLOW,
        "RefreshRole0",
        "role-trusts-its-service",
        machine_role_trusts_lambda=put("AssumeRolePolicyDocument/Statement/0/Principal/Service", "lambda.amazonaws.com"),
    ),
    *_many(
        FLOW,
        "RefreshRoleDefaultPolicy",
        "role-may-write-log-and-trace",
        machine_may_not_trace=without("xray:PutTraceSegments"),
        machine_may_not_deliver_its_log=without("logs:CreateLogDelivery"),
    ),
    *_many(
        FLOW,
        "RefreshRoleDefaultPolicy",
        "role-may-do-what-the-tasks-do",
        machine_may_not_tell_of_failure=without("TellOfFailure"),
        machine_may_not_stop_a_job=statement("RunJobs", having(Action=["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns"])),
        machine_may_use_another_table=statement("KeepRuns", having(Resource=f"arn:aws:dynamodb:eu-west-1:{ACCOUNT}:table/other")),
        machine_may_not_announce=without("Announce"),
        machine_may_start_another_machine=swap("Properties/PolicyDocument", "stateMachine:lake-refresh", "stateMachine:lake-refesh"),
    ),
    *_many(
        FLOW,
        "AfterEndedRoleDefaultPolicy",
        "role-may-do-what-the-tasks-do",
        ended_may_not_stop_a_job_that_runs_on=without("StopJobs"),
        ended_may_not_tell_of_failure=without("TellOfFailure"),
        ended_may_not_record_a_failure=without("KeepRuns"),
        ended_may_start_another_machine=swap("Properties/PolicyDocument", "stateMachine:lake-refresh", "stateMachine:lake-refesh"),
    ),
    *_many(
        FLOW,
        "AfterSweepRoleDefaultPolicy",
        "role-may-do-what-the-tasks-do",
        sweep_may_not_look_for_objects=without("FindObjects"),
        sweep_may_not_look_at_executions=without("IsHolderAlive"),
        sweep_may_not_read_leases=without("KeepLeases"),
        sweep_may_not_have_the_dead_put_in_order=swap("Properties/PolicyDocument", "stateMachine:lake-ended", "stateMachine:lake-endet"),
    ),
    *_many(
        FLOW,
        "RefreshRoleDefaultPolicy",
        "role-may-do-what-the-tasks-do",
        machine_may_not_attach_upkeep=without("AttachUpkeep"),
        machine_may_not_pass_the_role_of_upkeep=without("PassUpkeepRole"),
        machine_passes_another_role=statement("PassUpkeepRole", having(Resource=f"arn:aws:iam::{ACCOUNT}:role/other")),
    ),
    *_many(
        FLOW,
        "UpkeepRoleDefaultPolicy",
        "actions-exist",
        upkeep_misspells_an_action=statement("RewriteFiles", having(Action="s3:DeleteObjct")),
    ),
    *_many(
        FLOW,
        "UpkeepRole3",
        None,
        upkeep_role_trusts_the_job_s_owner=put("AssumeRolePolicyDocument/Statement/0/Principal/Service", "lambda.amazonaws.com"),
    ),
    *_many(FLOW, "RefreshRoleDefaultPolicy", "role-may-use-the-keys", machine_may_not_use_the_key=without("UseKey")),
    *_many(
        FLOW,
        "RefreshMachine",
        "definition-is-valid",
        machine_starts_nowhere=definition(having(StartAt="ReadLeas")),
        state_leads_nowhere=state("Pause", having(Next="Wrok")),
        catch_leads_nowhere=state("Announce", having(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Nowhere"}])),
        choice_ends_nowhere=state("IsNew", having(Default="Nowhere")),
        state_is_never_reached=state("DidItSayWhy", having(Choices=[{"Condition": "{% $said %}", "Next": "RecordFailure"}])),
        task_never_ends=state("Work", lacking("TimeoutSeconds")),
        task_is_tried_once=state("Work", lacking("Retry")),
        task_is_tried_for_ever=state("Work", having(Retry=[{"ErrorEquals": ["Glue.ThrottlingException"], "MaxAttempts": 9999}])),
        task_retries_everything=state("Work", having(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 3}])),
        retry_gets_shorter=state("Work", having(Retry=[{"ErrorEquals": ["Glue.ThrottlingException"], "BackoffRate": 0.5}])),
        retry_waits_less_than_its_interval=state(
            "Work", having(Retry=[{"ErrorEquals": ["Glue.ThrottlingException"], "IntervalSeconds": 60, "MaxDelaySeconds": 30}])
        ),
        failure_ends_green=state("ReadPublication", having(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done"}])),
        catch_of_everything_stands_first=state(
            "RecordFailure",
            having(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Failed"}, {"ErrorEquals": ["States.Timeout"], "Next": "Failed"}]),
        ),
        machine_goes_round_for_ever=definition(without_end),
        state_ends_and_goes_on=state("Announce", having(End=True)),
        state_neither_ends_nor_goes_on=state("Pause", lacking("Next")),
        integration_is_misspelt=state("Work", having(Resource="arn:aws:states:::glue:startJobRun.synch")),
        resource_is_of_no_service=state("TellOfFailure", having(Resource="sns:publish")),
        machine_waits_though_it_is_express=put("StateMachineType", "EXPRESS"),
        state_has_a_field_of_jsonpath=state("Announce", having(ResultPath="$.announced")),
        expression_does_not_end=state("Pause", having(Seconds="{% $attempt * 10")),
        bracket_does_not_close=state("Pause", having(Seconds="{% $max([1, $attempt) %}")),
        variable_is_misspelt=state("Pause", having(Seconds="{% $atempt * 10 %}")),
        machine_is_in_jsonpath=definition(having(QueryLanguage="JSONPath")),
        choice_has_no_default=state("IsNew", lacking("Default")),
        choice_has_no_choices=state("IsNew", having(Choices=[])),
        wait_has_no_end=state("Pause", lacking("Seconds")),
        state_is_of_no_type=state("Pause", having(Type="Sleep")),
        definition_is_cut_off=swap("Properties/DefinitionString", '"StartAt"', '"StartAt'),
    ),
    *_many(
        FLOW,
        "IntakeMachine",
        "definition-is-valid",
        state_within_a_map_leads_nowhere=state("IsHeld", having(Default="Nowhere")),
        variable_within_a_map_is_misspelt=state("IsHeld", having(Choices=[{"Condition": "{% $ownr = '' %}", "Next": "Acquire"}])),
    ),
    *_many(
        FLOW,
        "IntakeMachine",
        "role-may-do-what-the-tasks-do",
        task_publishes_to_another_topic=state(
            "TellOfUnknown", lambda task: task["Arguments"].update(TopicArn=f"arn:aws:sns:eu-west-1:{ACCOUNT}:other")
        ),
        task_deletes_what_its_role_may_not=state("RecordUnknown", having(Resource="arn:aws:states:::aws-sdk:dynamodb:deleteItem")),
    ),
    *_many(
        FLOW,
        "IntakeMachine",
        None,
        machine_is_not_logged=drop("LoggingConfiguration"),
        machine_is_of_an_unknown_type=put("StateMachineType", "FAST"),
    ),
]
INGESTION, DELIVERY, ACCESS = "Ingestion", "Delivery57941C38", "DeliveryAccessRoleDefaultPolicy"
TO_S3 = "ExtendedS3DestinationConfiguration"
STREAMS = [
    *_many(
        INGESTION,
        ACCESS,
        "role-may-deliver-the-stream",
        delivery_may_not_read_the_stream=without("ReadStream"),
        delivery_may_not_transform=without("Transform"),
        delivery_may_not_list_the_bucket=without("ListBucket"),
        delivery_may_not_write_objects=without("Deliver"),
        delivery_may_not_read_the_schema=without("ReadSchema"),
        delivery_may_not_write_its_log=without("WriteLog"),
        delivery_may_list_shards_no_more=statement("ReadStream", having(Action=["kinesis:DescribeStream", "kinesis:GetRecords"])),
        delivery_may_call_another_version=statement("Transform", having(Resource={"Fn::GetAtt": ["TransformFunction58095C87", "Arn"]})),
        delivery_may_write_one_dataset_alone=swap("Properties/PolicyDocument", "/*/stream/", "/flights/stream/"),
        delivery_may_write_no_errors=swap("Properties/PolicyDocument", "/_errors/", "/errors/"),
        delivery_may_read_another_schema=swap("Properties/PolicyDocument", "stream_envelope", "stream_errors"),
    ),
    *_many(INGESTION, ACCESS, "role-may-use-the-keys", delivery_may_not_use_the_key=without("UseKey")),
    *_many(INGESTION, ACCESS, "actions-exist", delivery_decrypts_by_a_wrong_name=statement("UseKey", having(Action="kinesis:Decrypt"))),
    *_many(
        INGESTION,
        DELIVERY,
        "policy-is-there-before-what-uses-it",
        delivery_may_come_before_its_policy=depends_no_more_on("DeliveryAccessRoleDefaultPolicy"),
    ),
    *_many(
        INGESTION,
        "DeliveryAccessRole484",
        "role-trusts-its-service",
        delivery_role_trusts_the_stream_instead=put("AssumeRolePolicyDocument/Statement/0/Principal/Service", "kinesis.amazonaws.com"),
    ),
    *_many(
        INGESTION,
        DELIVERY,
        "delivery-settings-agree",
        delivery_buffers_too_little=put(f"{TO_S3}/BufferingHints/SizeInMBs", 5),
        delivery_buffers_too_shortly=put(f"{TO_S3}/BufferingHints/IntervalInSeconds", 0),
        delivery_compresses_twice=put(f"{TO_S3}/CompressionFormat", "GZIP"),
        delivery_puts_everything_in_one_place=put(f"{TO_S3}/Prefix", "stream/"),
        delivery_forgets_the_kind_of_error=put(f"{TO_S3}/ErrorOutputPrefix", "_errors/stream/"),
        delivery_sorts_errors_by_dataset=swap(f"Properties/{TO_S3}", "_errors/stream/", "_errors/!{partitionKeyFromLambda:dataset}/"),
        delivery_encrypts_what_is_encrypted=put("DeliveryStreamEncryptionConfigurationInput", {"KeyType": "AWS_OWNED_CMK"}),
    ),
    *_many(
        INGESTION,
        "TransformRoleDefaultPolicy",
        "function-may-write-its-log",
        transform_may_not_write_its_log=without("WriteLog"),
        transform_may_make_log_streams_alone=statement("WriteLog", having(Action="logs:CreateLogStream")),
    ),
    *_many(
        INGESTION,
        "TransformFunction",
        "policy-is-there-before-what-uses-it",
        transform_may_come_before_its_policy=depends_no_more_on("TransformRoleDefaultPolicy"),
    ),
    *_many(INGESTION, "RecordsStream", None, stream_is_not_encrypted=drop("StreamEncryption")),
    *_many(INGESTION, "TablesEnvelope", None, schema_has_no_columns=put("TableInput/StorageDescriptor/Columns", [])),
    *_many(INGESTION, "DeliveryLogDelivery", None, log_stream_has_another_name=put("LogStreamName", "deliveries")),
    *_many(
        "Monitoring",
        "Alarmsdeliveryold",
        "alarm-watches-what-exists",
        alarm_watches_another_delivery=put("Dimensions/0/Value", "lake-deliveries"),
    ),
]
WATCH = [
    *_many("Catalog", "CrawlersairlinesCrawler", None, crawler_has_no_target=put("Targets/S3Targets", [])),
    *_many("Catalog", "CrawlersCsv", None, classifier_splits_at_nothing=drop("CsvClassifier")),
    *_many(
        "Monitoring",
        "Alarmsquarantineshare",
        None,
        alarm_tells_nobody=drop("AlarmActions"),
        alarm_says_nothing_when_it_is_over=drop("OKActions"),
        alarm_compares_in_no_way=put("ComparisonOperator", "Above"),
        alarm_has_a_dimension_that_its_metric_lacks=put("Dimensions/0/Name", "Dataset"),
        alarm_names_no_section=put("AlarmDescription", "Look today: much. What to do: docs/runbook.md#somewhere"),
    ),
    *_many("Monitoring", "Alarmsageplanes", None, alarm_takes_silence_for_good=put("TreatMissingData", "notBreaching")),
    *_many(
        "Monitoring",
        "Alarmsrefreshfailed",
        None,
        alarm_takes_silence_for_bad=put("TreatMissingData", "breaching"),
    ),
    *_many(
        "Monitoring",
        "Alarmsfaultrefreshes",
        None,
        fault_tells_nobody=drop("AlarmActions"),
        fault_leaves_an_alarm_out=put("AlarmRule", 'ALARM("lake-refresh-failed") OR ALARM("lake-job-failed")'),
        fault_may_come_before_its_alarms=depends_no_more_on("jobfailed"),
    ),
    *_many(
        "Monitoring",
        "StandingWatchRoleDefaultPolicy",
        "role-may-do-what-the-tasks-do",
        standing_may_not_read_leases=without("ReadLeases"),
        standing_may_not_count_what_waits=without("CountWaiting"),
        standing_may_not_send_its_counts=without("SendCounts"),
    ),
    *_many(
        PROCESSING,
        "flightsRoleDefaultPolicy",
        None,
        job_may_not_send_its_numbers=statement("WriteMetrics", having(Condition={"StringEquals": {"cloudwatch:namespace": "Glue"}})),
    ),
    *_many("Monitoring", "Alarmsfaultlateplanes", None, age_is_told_of_though_nobody_measures_any=drop("ActionsSuppressor")),
    *_many("Monitoring", "Alarmssweepsilent", None, sweep_may_stop_unseen=put("TreatMissingData", "notBreaching")),
    *_many(
        FLOW,
        "IntakeLogErrors",
        None,
        error_lines_are_counted_as_another_s=put("MetricTransformations/0/MetricName", "lake-outtake"),
        error_lines_are_counted_elsewhere=put("MetricTransformations/0/MetricNamespace", "Lake/Errors"),
        error_lines_have_no_pattern=drop("FilterPattern"),
    ),
    *_many(
        "Monitoring",
        "Domainaviation",
        None,
        widget_of_a_domain_shows_nothing=swap("Properties/DashboardBody", "AgeHours", "AgeDays"),
        widget_of_a_job_shows_nothing=swap("Properties/DashboardBody", "lake-flights", "lake-fligths"),
    ),
    *_many("Monitoring", "MeasureSchedule", None, schedule_never_comes=put("ScheduleExpression", "rate(0 minutes)")),
    *_many("Monitoring", "OverviewDashboard", None, dashboard_has_no_body=drop("DashboardBody")),
]
HOUSE, NET = "Warehouse", "Network"
READER, MIGRATOR, LOADER = "ReaderDefaultPolicy", "MigrateFunctionRoleDefaultPolicy", "LoadsLoadRoleDefaultPolicy"
WAREHOUSE = [
    *_many(
        HOUSE,
        "LakeNamespace",
        "namespace-is-encrypted-and-audited",
        warehouse_is_encrypted_with_no_key_of_ours=drop("KmsKeyId"),
        warehouse_password_is_encrypted_with_no_key_of_ours=drop("AdminPasswordSecretKmsKeyId"),
        warehouse_password_is_not_managed=put("ManageAdminPassword", False),
        warehouse_password_stands_in_the_template=put("AdminUserPassword", "Secret-0123456789"),
        warehouse_logs_no_connection=put("LogExports", ["userlog"]),
    ),
    *_many(
        HOUSE,
        "LakeNamespace",
        "namespace-can-read-the-lake",
        warehouse_has_no_default_role=drop("DefaultIamRoleArn"),
        warehouse_s_default_role_is_none_of_its_roles=put("IamRoles", []),
    ),
    *_many(
        HOUSE,
        "ReaderF7BF189D",
        "namespace-can-read-the-lake",
        reader_misspells_redshift=swap("Properties/AssumeRolePolicyDocument", "redshift-serverless.", "redshift-servrless."),
    ),
    *_many(
        HOUSE,
        READER,
        "namespace-can-read-the-lake",
        reader_may_not_list_tables_files=without("ListTables"),
        reader_may_not_read_tables_files=without("ReadTables"),
        reader_may_not_find_tables=without("FindConsumer"),
        reader_may_find_tables_of_another_database=swap("Properties/PolicyDocument", "lake_consumer", "lake_processed"),
    ),
    *_many(HOUSE, READER, "role-may-use-the-keys", reader_may_not_decrypt=without("UseKey")),
    *_many(
        HOUSE,
        "LakeWorkgroup",
        "workgroup-is-closed-and-bounded",
        warehouse_is_public=put("PubliclyAccessible", True),
        warehouse_reads_past_its_network=put("EnhancedVpcRouting", False),
        warehouse_has_two_subnets=drop("SubnetIds/2"),
        warehouse_grows_without_end=drop("MaxCapacity"),
        warehouse_s_greatest_capacity_is_below_its_base=put("MaxCapacity", 4),
        warehouse_lets_in_without_tls=put("ConfigParameters/2/ParameterValue", "false"),
        warehouse_s_statements_take_for_ever=swap("Properties/ConfigParameters", "max_query_execution_time", "query_group"),
    ),
    *_many(
        HOUSE,
        "LimitFunctionDaily",
        "workgroup-has-a-limit-that-acts",
        limit_only_tells=put("BreachAction", "log"),
        limit_is_none=put("RpuHours", "0"),
        limit_is_of_another_warehouse=put("WorkgroupArn", f"arn:aws:redshift-serverless:eu-west-1:{ACCOUNT}:workgroup/other"),
    ),
    *_many(
        HOUSE,
        "LimitFunctionRoleDefaultPolicy",
        "function-may-do-its-work",
        limit_may_not_be_set=without("LimitUsage"),
        limit_may_not_be_deleted=statement(
            "LimitUsage", having(Action=["redshift-serverless:CreateUsageLimit", "redshift-serverless:ListUsageLimits"])
        ),
    ),
    *_many(
        HOUSE,
        MIGRATOR,
        "function-may-do-its-work",
        migrations_may_run_nothing=without("RunStatements"),
        migrations_may_not_wait=without("FollowStatements"),
        migrations_may_not_read_their_password=without("BeAdministrator"),
        migrations_may_not_decrypt_their_password=without("UseKey"),
        migrations_may_request_no_load=without("RequestLoads"),
    ),
    *_many(
        HOUSE,
        "MigrateFunctionPlan",
        "function-may-do-its-work",
        migrations_have_no_function=put("ServiceToken", f"arn:aws:lambda:eu-west-1:{ACCOUNT}:function:other"),
    ),
    *_many(HOUSE, MIGRATOR, "function-may-write-its-log", migrations_may_not_write_their_log=without("WriteLog")),
    *_many(
        HOUSE,
        "MigrateFunction5",
        "policy-is-there-before-what-uses-it",
        function_may_be_created_before_its_policy=whole("DependsOn", None),
    ),
    *_many(
        HOUSE,
        LOADER,
        "role-may-do-what-the-tasks-do",
        load_may_run_no_transaction=without("RunTransactions"),
        load_may_not_sign_in=without("BeLoader"),
        load_may_not_look_at_its_transaction=without("FollowStatements"),
        load_may_not_cancel=statement("FollowStatements", having(Action="redshift-data:DescribeStatement")),
        load_may_not_keep_its_record=without("KeepRuns"),
        load_may_tell_nobody=without("TellOfFailure"),
        load_may_not_start_the_next=without("StartLoad"),
    ),
    *_many(HOUSE, LOADER, "role-may-use-the-keys", load_may_not_use_the_key=without("UseKey")),
    *_many(
        HOUSE,
        "LoadsLoadMachine",
        "definition-is-valid",
        load_waits_for_ever=state("HowIsIt", having(Default="Nowhere")),
        load_s_failure_ends_green=state("Begin", having(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "Done"}])),
    ),
    *_many(HOUSE, "MigrateFunction5", None, function_has_an_unknown_runtime=put("Runtime", "python2.7")),
]
NETWORK = [
    *_many(
        NET,
        "IsolatedS3",
        "workgroup-reaches-the-lake",
        network_has_no_way_to_s3=drop("RouteTableIds"),
        network_leads_to_another_service=put("ServiceName", "com.amazonaws.eu-west-1.sqs"),
    ),
    *_many(
        NET,
        "IsolatedGlue",
        "workgroup-reaches-the-lake",
        glue_is_not_found_by_its_name=put("PrivateDnsEnabled", False),
        glue_has_no_door=drop("SecurityGroupIds"),
    ),
    *_many(NET, "IsolatedEndpoints", "workgroup-reaches-the-lake", nobody_is_let_in_to_glue=drop("SecurityGroupIngress")),
    *_many(
        NET,
        "IsolatedSubnet1Routes",
        "workgroup-reaches-the-lake",
        subnet_takes_another_way=put("RouteTableId", {"Ref": "Other"}),
        subnet_s_way_is_another_s=put("SubnetId", "subnet-0123456789"),
    ),
    *_many(NET, "IsolatedSubnet1A", "workgroup-reaches-the-lake", subnet_gives_public_addresses=put("MapPublicIpOnLaunch", True)),
    *_many(
        NET,
        "IsolatedS3",
        "endpoint-lets-the-warehouse-through",
        gateway_lets_everything_through=drop("PolicyDocument"),
        gateway_stops_the_warehouse=put("PolicyDocument/Statement/0/Action", "s3:PutObject"),
    ),
    *_many(
        NET,
        "IsolatedGlue",
        "endpoint-lets-the-warehouse-through",
        endpoint_lets_another_database_through=swap("Properties/PolicyDocument", "lake_consumer", "lake_other"),
    ),
    *_many(
        NET,
        "IsolatedFlows",
        None,
        flows_are_logged_nowhere=put("ResourceType", "Vpc"),
    ),
    *_many(NET, "IsolatedVpc", None, network_has_no_addresses=drop("CidrBlock")),
    *_many(NET, "IsolatedRoutes", None, route_table_is_of_no_network=drop("VpcId")),
    *_many(NET, "IsolatedDynamodb", None, gateway_to_dynamodb_is_of_an_unknown_kind=put("VpcEndpointType", "Gate")),
    *_many(NET, "IsolatedClient", None, group_says_nothing=drop("GroupDescription")),
]
COSTS = [
    *_many(
        PROCESSING,
        FLIGHTS[0],
        "job-is-bounded",
        job_runs_for_ever=drop("Timeout"),
        job_runs_for_a_week=put("Timeout", 7 * 24 * 60),
        job_takes_any_number_of_workers=drop("NumberOfWorkers"),
        job_keeps_workers_that_have_nothing_to_do=put("DefaultArguments/--enable-auto-scaling", "false"),
        job_is_tried_again_and_again=put("MaxRetries", 3),
    ),
    *_many(
        "Catalog",
        "QueryWorkgroup",
        "queries-are-cut-off",
        queries_read_all_there_is=drop("WorkGroupConfiguration/BytesScannedCutoffPerQuery"),
    ),
    *_many(FLOW, "IntakeLog4", "log-group-ends", log_is_kept_for_ever=drop("RetentionInDays")),
    *_many(
        "Storage",
        "RawBucket672A0DBB",
        "bucket-uses-its-key-seldom",
        bucket_asks_its_key_for_every_object=put("BucketEncryption/ServerSideEncryptionConfiguration/0/BucketKeyEnabled", False),
    ),
    *_many(NET, "", "network-has-no-nat", network_gets_a_nat_gateway=another("AWS::EC2::NatGateway")),
    *_many(
        "Monitoring",
        "Budget",
        "budget-tells-somebody",
        budget_tells_nobody=put("NotificationsWithSubscribers", []),
        budget_hears_of_no_forecast=drop("NotificationsWithSubscribers/2"),
        budget_has_no_limit=drop("Budget/BudgetLimit"),
    ),
]
MUTATIONS = [*WAREHOUSE, *NETWORK, *WATCH, *STREAMS, *KEY, *STORAGE, *CATALOG, *JOBS, *RULES, *MACHINES, *COSTS]

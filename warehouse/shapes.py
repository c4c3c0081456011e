"""Statements of Redshift that sqlglot does not read, or reads too kindly, each with its shape. Words stand apart by one space; case does not matter.

One that is missing is added here, after https://docs.aws.amazon.com/redshift/latest/dg/c_SQL_commands.html.
"""

_N = r'(?:"[^"]+"|[a-z_][\w$]*)'
_Q = rf"{_N}(?:\.{_N}){{0,2}}"
_T = r"'(?:[^']|'')*'"
_COUNT = r"\d+"
_BALANCED = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"
_ROLE = rf"(?:default|session|{_T})"


def _some(what: str) -> str:
    """Return the shape of one or several, with commas."""
    return rf"{what}(?: ?, ?{what})*"


_WHO = _some(rf"(?:role {_N}|group {_N}|public|{_N})")
_ROLES, _FUNCTIONS, _SET_TO = _some(f"role {_N}"), _some(rf"{_Q} ?{_BALANCED}"), _some(rf"(?:{_T}|{_N}|[\d.]+)")
_PRIVILEGE = rf"(?:(?:select|insert|update|references) ?{_BALANCED}|all(?: privileges)?|alter|create|delete|drop|execute|insert|references|rule|select|temp(?:orary)?|trigger|truncate|update|usage)"
_OF_THE_SYSTEM = (
    r"(?:access (?:system table|catalog)|alter default privileges|analyze|cancel|create or replace (?:external function|function|procedure|view)"
    r"|(?:alter|create|drop) (?:datashare|library|model|role|schema|table|user)|explain (?:masking|rls)|ignore rls|truncate table|vacuum)"
)
_OBJECTS = (
    rf"(?:(?:table )?{_some(_Q)}|all (?:functions|procedures|tables) in schema {_some(_N)}|(?:database|schema|language|model) {_some(_N)}"
    rf"|(?:function|procedure) {_FUNCTIONS})"
)
_PLACED = (
    rf"(?:(?:database|schema|region|uri|secret_arn|authentication_arn) {_T}|port {_COUNT}|(?:iam_role|catalog_role) {_ROLE}"
    r"|authentication (?:none|iam|mtls)|create external database if not exists)"
)
_USER_OPTION = (
    rf"(?:password (?:disable|{_T})|(?:no)?createdb|(?:no)?createuser|syslog access (?:restricted|unrestricted)|in group {_some(_N)}"
    rf"|valid until {_T}|connection limit (?:unlimited|{_COUNT})|session timeout {_COUNT}|reset session timeout|externalid {_T})"
)
_UNLOADED = (
    rf"(?:iam_role {_ROLE}|(?:format )?(?:as )?(?:parquet|csv|json)|header|gzip|zstd|bzip2|addquotes|escape|allowoverwrite|cleanpath"
    rf"|manifest(?: verbose)?|encrypted(?: auto)?|kms_key_id {_T}|parallel (?:on|off|true|false)|partition by {_BALANCED}(?: include)?"
    rf"|(?:delimiter|null|region|extension)(?: as)? {_T}|(?:maxfilesize|rowgroupsize)(?: as)? [\d.]+ ?(?:mb|gb))"
)
_MODEL_SETTING = rf"(?:(?:s3_bucket|tags|kms_key_id|frequency|percentiles) {_T}|s3_garbage_collect (?:on|off)|(?:max_cells|max_runtime|horizon|max_batch_rows) {_COUNT})"

NAMED = {
    "alter default privileges": rf"alter default privileges(?: for user {_some(_N)})?(?: in schema {_some(_N)})? (?:grant|revoke(?: grant option for)?)"
    rf" {_some(_PRIVILEGE)} on (?:tables|functions|procedures) (?:to|from) {_WHO}(?: with grant option)?",
    "alter function or procedure": rf"alter (?:function|procedure) {_Q} ?{_BALANCED} (?:rename to|owner to) {_N}",
    "alter materialized view": rf"alter materialized view {_Q} (?:auto refresh (?:yes|no)|owner to {_N})",
    "alter schema": rf"alter schema {_N} (?:(?:rename|owner) to {_N}|quota (?:unlimited|{_COUNT} (?:mb|gb|tb)))",
    "alter table": rf"alter table {_Q} (?:owner to {_N}|alter (?:column {_N} )?encode {_N}|row level security (?:on|off)(?: for datashares)?)",
    "analyze compression": rf"analyze compression(?: {_Q}(?: ?\( ?{_some(_N)} ?\))?)?(?: comprows {_COUNT})?",
    "assume a role": rf"(?:grant assumerole on (?:{_some(_T)}|default|all) to {_WHO}|revoke assumerole on (?:{_some(_T)}|default|all) from {_WHO})"
    rf" for {_some('(?:all|copy|unload|external function|create model)')}",
    "attach or detach a policy": rf"(?:attach|detach) (?:masking|rls) policy {_N} on(?: table)? {_Q}(?: ?{_BALANCED})?(?: using ?{_BALANCED})?"
    rf" (?:to|from) {_WHO}(?: priority {_COUNT})?",
    "call": rf"call {_Q} ?{_BALANCED}",
    "comment": rf"comment on (?:table|view|column|database|schema|constraint {_N} on) {_Q}(?:\.{_N})? is (?:null|{_T})",
    "datashare": rf"create datashare {_N}(?: (?:set )?publicaccessible ?=? ?(?:true|false))?|drop datashare {_N}"
    rf"|alter datashare {_N} (?:add|remove) (?:schema|table|all tables in schema|all functions in schema) {_some(_Q)}"
    rf"|alter datashare {_N} (?:add|remove) function {_FUNCTIONS}"
    rf"|alter datashare {_N} set (?:publicaccessible|includenew) ?=? ?(?:true|false)(?: for schema {_N})?"
    rf"|(?:grant|revoke) usage on datashare {_N} (?:to|from) (?:account|namespace) {_T}(?: via data catalog)?",
    "external function": rf"create (?:or replace )?external function {_Q} ?{_BALANCED} returns [\w() ,]+ (?:volatile|stable|immutable)"
    rf" (?:lambda|sagemaker) {_T} iam_role {_ROLE}",
    "external schema": rf"create external schema (?:if not exists )?{_N} from (?:data catalog|hive metastore|postgres|mysql|kinesis|kafka|msk|redshift)"
    rf"(?: {_PLACED})+",
    "grant or revoke": rf"(?:grant {_some(_PRIVILEGE)} on {_OBJECTS} to {_WHO}(?: with grant option)?"
    rf"|revoke (?:grant option for )?{_some(_PRIVILEGE)} on {_OBJECTS} from {_WHO}(?: (?:cascade|restrict))?"
    rf"|grant {_some(_OF_THE_SYSTEM)} to {_ROLES}|revoke {_some(_OF_THE_SYSTEM)} from {_ROLES}"
    rf"|grant {_ROLES} to {_WHO}(?: with admin option)?|revoke (?:admin option for )?{_ROLES} from {_WHO})",
    "group": rf"create group {_N}(?: (?:with )?user {_some(_N)})?|drop group {_N}"
    rf"|alter group {_N} (?:(?:add|drop) user {_some(_N)}|rename to {_N})",
    "lock": rf"lock (?:table )?{_some(_Q)}",
    "masking or rls policy": rf"create (?:masking|rls) policy (?:if not exists )?{_N}(?: with ?{_BALANCED})?(?: as {_N})? using ?{_BALANCED}"
    rf"|drop (?:masking|rls) policy (?:if exists )?{_N}(?: (?:cascade|restrict))?",
    "merge that removes duplicates": rf"merge into {_Q} using {_Q}(?: (?:as )?{_N})? on .+ remove duplicates",
    "model": rf"create model {_Q} from (?:{_Q}|(?=\( ?(?:select|with)\b.* from ){_BALANCED}|{_T})(?: target {_N})? function {_N}(?: ?{_BALANCED})?(?: returns {_N}(?: ?{_BALANCED})?)?"
    rf"(?: sagemaker {_T}(?: ?: ?{_T})?)? iam_role {_ROLE}(?: auto (?:on|off))?(?: model_type (?:xgboost|mlp|linear_learner|kmeans|forecast))?"
    rf"(?: problem_type ?\(? ?(?:regression|binary_classification|multiclass_classification) ?\)?)?(?: objective ?\(? ?{_T} ?\)?)?"
    rf"(?: preprocessors {_T})?(?: hyperparameters default(?: except ?{_BALANCED})?)?(?: settings ?\( ?{_some(_MODEL_SETTING)} ?\))?|drop model (?:if exists )?{_Q}",
    "procedure": rf"create (?:or replace )?procedure {_Q} ?{_BALANCED}(?: nonatomic)? as (\$\w*\$).+\1 language plpgsql(?: security (?:definer|invoker))?",
    "refresh materialized view": rf"refresh materialized view {_Q}(?: (?:restrict|cascade))?",
    "role": rf"create role {_N}(?: externalid {_T})?|drop role {_N}(?: (?:force|restrict))?"
    rf"|alter role {_N} (?:with )?(?:(?:rename|owner) to {_N}|externalid to {_T})",
    "schema": rf"create schema (?:if not exists )?{_N}(?: authorization {_N})?(?: quota (?:unlimited|{_COUNT} (?:mb|gb|tb)))?",
    "set": rf"set (?:session |local )?{_Q}(?: to | ?= ?){_SET_TO}|reset (?:all|{_Q})",
    "unload": rf"unload ?\( ?{_T} ?\) to {_T}(?: {_UNLOADED})+",
    "user": rf"create user {_N}(?: with)?(?: {_USER_OPTION})+|alter user {_N}(?: with)?(?: {_USER_OPTION}| rename to {_N})+"
    rf"|drop user (?:if exists )?{_some(_N)}",
}

UNKNOWN = {
    "diststyle": r"\bdiststyle (?!(?:all|auto|even|key)\b)",
    "auto refresh": r"\bauto refresh (?!(?:no|yes)\b)",
    "merge": rf"^merge (?!into {_Q} using )",
    "copy": rf"^copy (?!{_Q}(?: ?{_BALANCED})? from {_T}.* (?:iam_role (?:default\b|{_T})|credentials(?: as)? {_T}))",
}
"""What sqlglot takes with any words behind it, by what it is about."""

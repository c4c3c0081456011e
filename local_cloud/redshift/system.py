"""What Redshift knows of a database and DuckDB does not, in tables of the same file: it is part of the same transactions."""

import duckdb

CATALOG = "_database"
"""The name in DuckDB of every namespace's database; its own may be that of a schema, which DuckDB cannot tell apart."""
SCHEMA = "local_cloud"

_TABLES = {
    "external_schemas": "schema_name VARCHAR, database_name VARCHAR, role VARCHAR",
    "external_streams": "schema_name VARCHAR, role VARCHAR",
    "materialized_views": "schema_name VARCHAR, view_name VARCHAR, definition VARCHAR, auto_refresh BOOLEAN",
    "read_shards": "schema_name VARCHAR, view_name VARCHAR, shard VARCHAR, sequence_number VARCHAR",
    "late_views": "schema_name VARCHAR, view_name VARCHAR, definition VARCHAR",
    "comments": "schema_name VARCHAR, relation_name VARCHAR, column_name VARCHAR, text VARCHAR",
    "table_options": "schema_name VARCHAR, table_name VARCHAR, distribution VARCHAR, sort_keys VARCHAR[], encodings MAP(VARCHAR, VARCHAR)",
    "principals": "kind VARCHAR, name VARCHAR",
    "members": "kind VARCHAR, name VARCHAR, member_kind VARCHAR, member VARCHAR",
    "privileges": "privilege VARCHAR, kind VARCHAR, schema_name VARCHAR, object_name VARCHAR, grantee_kind VARCHAR, grantee VARCHAR",
}

_NOT_OURS = f"database_name = '{CATALOG}' AND schema_name NOT IN ('{SCHEMA}', 'main') AND NOT internal"

VIEWS = {
    "svv_external_schemas": f"""
        SELECT 'glue' AS esoptions_catalog, schema_name AS schemaname, database_name AS databasename,
               json_object('IAM_ROLE', role) AS esoptions FROM {SCHEMA}.external_schemas
        UNION ALL
        SELECT 'kinesis', schema_name, '', json_object('IAM_ROLE', role) FROM {SCHEMA}.external_streams""",
    "svv_mv_info": f"""
        SELECT schema_name, view_name AS name, CASE WHEN auto_refresh THEN 't' ELSE 'f' END AS autorefresh FROM {SCHEMA}.materialized_views""",
    "svv_tables": f"""
        SELECT 'native' AS table_source, t.schema_name AS table_schema, table_name,
               CASE WHEN m.view_name IS NULL THEN 'TABLE' ELSE 'VIEW' END AS table_type, comment AS remarks
        FROM (FROM duckdb_tables() WHERE {_NOT_OURS} AND NOT temporary) t
        LEFT JOIN {SCHEMA}.materialized_views m ON m.schema_name = t.schema_name AND m.view_name = t.table_name
        UNION ALL
        SELECT 'view', schema_name, view_name, 'VIEW', comment FROM duckdb_views() WHERE {_NOT_OURS}
        UNION ALL
        SELECT 'late binding view', v.schema_name, v.view_name, 'VIEW', c.text FROM {SCHEMA}.late_views v
        LEFT JOIN {SCHEMA}.comments c ON c.schema_name = v.schema_name AND c.relation_name = v.view_name AND c.column_name IS NULL""",
    "svv_columns": f"""
        SELECT schema_name AS table_schema, table_name, column_name, column_index AS ordinal_position, lower(data_type) AS data_type,
               CASE WHEN is_nullable THEN 'YES' ELSE 'NO' END AS is_nullable, comment AS remarks
        FROM duckdb_columns() WHERE {_NOT_OURS}""",
    "svv_table_info": f"""
        SELECT o.schema_name AS schema, o.table_name AS "table", o.distribution AS diststyle, o.sort_keys[1] AS sortkey1,
               len(o.sort_keys) AS sortkey_num, t.estimated_size AS tbl_rows
        FROM {SCHEMA}.table_options o JOIN duckdb_tables() t ON t.schema_name = o.schema_name AND t.table_name = o.table_name
             AND t.database_name = '{CATALOG}'""",
    "svv_roles": f"SELECT name AS role_name FROM {SCHEMA}.principals WHERE kind = 'role'",
    "svv_role_grants": f"SELECT member AS role_name, name AS granted_role_name FROM {SCHEMA}.members WHERE kind = 'role'",
    "svv_relation_privileges": f"""
        SELECT schema_name AS namespace_name, object_name AS relation_name, privilege AS privilege_type,
               grantee AS identity_name, grantee_kind AS identity_type FROM {SCHEMA}.privileges WHERE kind = 'relation'""",
    "svv_schema_privileges": f"""
        SELECT schema_name AS namespace_name, privilege AS privilege_type, grantee AS identity_name, grantee_kind AS identity_type
        FROM {SCHEMA}.privileges WHERE kind = 'schema'""",
    "pg_group": f"SELECT name AS groname FROM {SCHEMA}.principals WHERE kind = 'group'",
}
"""Redshift's views of it, with the columns that are in use."""


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the tables, where they are not, and the views, as this release has them."""
    connection.execute("CREATE SCHEMA IF NOT EXISTS public")
    connection.execute(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}")
    for name, columns in _TABLES.items():
        connection.execute(f"CREATE TABLE IF NOT EXISTS {SCHEMA}.{name} ({columns})")
    for name, query in VIEWS.items():
        connection.execute(f"CREATE OR REPLACE VIEW {SCHEMA}.{name} AS {query}")

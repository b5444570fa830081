-- name: read_schema_version :value
-- The newest migration applied; readiness compares it with the code's.
-- returns: int?
-- scope: global the schema belongs to nobody
SELECT MAX(s.version) AS version FROM SchemaMigration AS s

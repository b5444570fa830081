-- Figures of OKRs over time look for the last time that somebody said how sure they were; what feeds key results does not.
-- The same index as sql/migrations/mssql/0063_sure_check_ins.sql; a test compares them.

CREATE UNIQUE INDEX UQ_CheckIn_sure ON CheckIn (workspace_id, key_result_id, list_key) WHERE confidence IS NOT NULL;

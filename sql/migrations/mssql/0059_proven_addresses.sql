-- An erasure deletes by addresses that are known to be the person's.
-- The same columns as the file of the same name in sql/migrations/sqlite; a test compares them.

-- Of traces, those that are such addresses, as a JSON array; NULL where it is no erasure.
ALTER TABLE dbo.AccountClosing ADD addresses NVARCHAR(MAX) NULL;
GO

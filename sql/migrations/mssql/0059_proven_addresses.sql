-- An erasure deletes by addresses that are known to be the person's.
-- The same columns as the file of the same name in sql/migrations/sqlite; a test compares them.

-- Of traces, those that are such addresses, as a JSON array; NULL where it is no erasure.
ALTER TABLE dbo.AccountClosing ADD addresses NVARCHAR(MAX) NULL;
GO

-- An erasure that is under way goes on as it began: by all addresses among its traces.
UPDATE dbo.AccountClosing
SET addresses = N'[' + COALESCE((SELECT STRING_AGG(N'"' + STRING_ESCAPE(j.value, N'json') + N'"', N',')
                                 FROM OPENJSON(traces) AS j WHERE j.value LIKE N'%@%'), N'') + N']'
WHERE traces IS NOT NULL;
GO

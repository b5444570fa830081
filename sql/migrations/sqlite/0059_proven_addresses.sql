-- An erasure deletes by addresses that are known to be the person's.
-- The same columns as the file of the same name in sql/migrations/mssql; a test compares them.

-- Of traces, those that are such addresses, as a JSON array; NULL where it is no erasure.
ALTER TABLE AccountClosing ADD COLUMN addresses TEXT NULL;

-- An erasure that is under way goes on as it began: by all addresses among its traces.
UPDATE AccountClosing
SET addresses = (SELECT json_group_array(j.value) FROM json_each(AccountClosing.traces) AS j WHERE j.value LIKE '%@%')
WHERE traces IS NOT NULL;

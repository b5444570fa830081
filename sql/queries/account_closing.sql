-- name: insert_closing :queued
-- What a job is to do for an account that was closed; it begins at a step.
-- param: closing_id uuid
-- param: account_id text
-- param: step text
-- param: place text
-- param: traces longtext?
-- param: addresses longtext?
-- param: now time
-- scope: global the account is somebody else's than the caller's
INSERT INTO AccountClosing (id, user_id, step, place, traces, addresses, created_at)
VALUES (@closing_id, @account_id, @step, @place, @traces, @addresses, @now)

-- name: lock_closing :queued
-- Takes the guard row of the work: one batch at a time, whoever does it.
-- param: closing_id uuid
-- scope: global the outbox works for every account
UPDATE AccountClosing SET place = place WHERE id = @closing_id

-- name: read_closing :optional
-- How far it is, and what the account is now; nothing when it is done.
-- param: closing_id uuid
-- returns: ClosingRow
-- scope: global the outbox works for every account
SELECT c.user_id, c.step, c.place, c.traces, c.addresses, u.status
FROM AccountClosing AS c
JOIN UserAccount AS u ON u.id = c.user_id
WHERE c.id = @closing_id

-- name: move_closing :queued
-- Goes on from there.
-- param: closing_id uuid
-- param: step text
-- param: place text
-- scope: global the outbox works for every account
UPDATE AccountClosing SET step = @step, place = @place WHERE id = @closing_id

-- name: delete_closing :queued
-- It is done.
-- param: closing_id uuid
-- scope: global the outbox works for every account
DELETE FROM AccountClosing WHERE id = @closing_id

-- name: list_owned_workspaces :many
-- Workspaces that the account is an OWNER of, by name, after the cursor.
-- param: account_id text
-- param: after_key text
-- param: page_size int
-- returns: OwnedRow
-- scope: global tenant: an account that is stopped is looked for in every workspace
SELECT m.workspace_id AS place_id, m.id AS member_id, m.list_key
FROM WorkspaceMember AS m
WHERE m.user_id = @account_id AND m.role = N'OWNER' AND m.list_key > @after_key
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_owned_organizations :many
-- Organisations that the account is the OWNER of, by name, after the cursor.
-- param: account_id text
-- param: after_key text
-- param: page_size int
-- returns: OwnedRow
-- scope: global tenant: an account that is stopped is looked for in every organisation
SELECT m.org_id AS place_id, m.id AS member_id, m.list_key
FROM OrganizationMember AS m
WHERE m.user_id = @account_id AND m.role = N'OWNER' AND m.list_key > @after_key
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: is_without_owner :value
-- Whether a workspace that is not deleted has nobody who is OWNER, has signed in and may act. Right only while the caller
-- holds lock_workspace.
-- param: workspace_id uuid
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (SELECT 1 FROM Workspace AS w WHERE w.id = @workspace_id AND w.is_active = 1)
             AND NOT EXISTS (
    SELECT 1 FROM WorkspaceMember AS m JOIN UserAccount AS u ON u.id = m.user_id
    WHERE m.workspace_id = @workspace_id AND m.role = N'OWNER' AND u.verified_at IS NOT NULL AND u.status = N'ACTIVE'
      AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop JOIN Workspace AS o ON o.org_id = stop.org_id
                      WHERE o.id = @workspace_id AND stop.user_id = m.user_id)
) THEN 1 ELSE 0 END AS is_without_owner

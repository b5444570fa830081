-- name: erase_account :queued
-- Closes an account for good, and takes the person out of it. The id stays, which stands in logs and lists; its tenant
-- goes, so that nobody is it.
-- param: account_id text
-- param: now time
-- scope: global the platform erases others too
UPDATE UserAccount
SET status = N'ERASED', tid = N'erased', email = NULL, display_name = NULL, directory_name = NULL, held_by = NULL,
    default_org_id = NULL, last_seen_at = NULL, is_platform_admin = 0, session_version = session_version + 1, updated_at = @now,
    version = version + 1
WHERE id = @account_id

-- name: forget_expected :queued
-- Of an account that nobody has signed in to, what others wrote of the person goes. It stays open: whoever it is for has
-- not been asked.
-- param: account_id text
-- param: now time
-- scope: global the platform erases others too
UPDATE UserAccount
SET email = NULL, display_name = NULL, updated_at = @now, version = version + 1
WHERE id = @account_id AND verified_at IS NULL

-- name: read_traces :optional
-- What the person can be known by, to be looked for elsewhere.
-- param: account_id text
-- returns: TracesRow
-- scope: global the platform erases others too
SELECT u.email, u.display_name, u.directory_name, p.name, s.email_key, u.version
FROM UserAccount AS u
LEFT JOIN UserProfile AS p ON p.user_id = u.id
LEFT JOIN UserPassword AS s ON s.user_id = u.id
WHERE u.id = @account_id

-- name: erase_profile :queued
-- What the person told of themselves.
-- param: account_id text
-- scope: global the platform erases others too
DELETE FROM UserProfile WHERE user_id = @account_id

-- name: erase_password :queued
-- Nobody signs in with it again.
-- param: account_id text
-- scope: global the platform erases others too
DELETE FROM UserPassword WHERE user_id = @account_id

-- name: erase_reasons :queued
-- What was written of the person when the account was stopped.
-- param: account_id text
-- scope: global the platform erases others too
UPDATE UserStatusEvent SET reason = NULL WHERE user_id = @account_id

-- name: erase_refresh_tokens :exec
-- When and for how long the person was signed in; a batch.
-- param: account_id text
-- param: batch int
-- scope: global the outbox erases for everybody
DELETE FROM RefreshToken
WHERE user_id = @account_id AND id IN (
    SELECT t.id FROM RefreshToken AS t WHERE t.user_id = @account_id
    ORDER BY t.expires_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: list_memberships :many
-- The person's memberships of workspaces, by name, after the cursor.
-- param: account_id text
-- param: after_key text
-- param: page_size int
-- returns: MembershipRow
-- scope: global tenant: an erasure reaches every workspace
SELECT m.workspace_id AS place_id, m.id AS member_id, m.list_key
FROM WorkspaceMember AS m
WHERE m.user_id = @account_id AND m.list_key > @after_key
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_org_memberships :many
-- As list_memberships, of organisations.
-- param: account_id text
-- param: after_key text
-- param: page_size int
-- returns: MembershipRow
-- scope: global tenant: an erasure reaches every organisation
SELECT m.org_id AS place_id, m.id AS member_id, m.list_key
FROM OrganizationMember AS m
WHERE m.user_id = @account_id AND m.list_key > @after_key
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: erase_member_name :queued
-- The workspace lists a member without a name.
-- param: workspace_id uuid
-- param: member_id uuid
-- param: member_key text
-- param: now time
-- scope: workspace
UPDATE WorkspaceMember
SET display_name = NULL, member_key = @member_key, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @member_id

-- name: erase_org_member_name :queued
-- As erase_member_name, in an organisation.
-- param: org_id uuid
-- param: member_id uuid
-- param: member_key text
-- param: now time
-- scope: organization
UPDATE OrganizationMember
SET display_name = NULL, member_key = @member_key, updated_at = @now, version = version + 1
WHERE org_id = @org_id AND id = @member_id

-- name: list_workspaces_acted_in :many
-- Every workspace after the cursor, with whether its log has something left that the person did. The order is the
-- engine's; it matters to nobody.
-- param: account_id text
-- param: after_id uuid
-- param: page_size int
-- returns: ActedRow
-- scope: global tenant: an erasure reaches every workspace, also those that the person has left
SELECT w.id, CASE WHEN EXISTS (
    SELECT 1 FROM AuditLog AS a WHERE a.workspace_id = w.id AND a.actor_id = @account_id AND a.redacted = 0
) THEN 1 ELSE 0 END AS has_more
FROM Workspace AS w
WHERE w.id > @after_id
ORDER BY w.id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_connection_accounts :many
-- The accounts that workspaces' own credentials are of, after a workspace. The order is the engine's.
-- param: after_id uuid
-- param: page_size int
-- returns: ConnectionAccountRow
-- scope: global tenant: an erasure reaches every workspace, also those that the person has left
SELECT c.workspace_id, c.provider, c.account
FROM IntegrationConnection AS c
WHERE c.workspace_id > @after_id
ORDER BY c.workspace_id, c.provider
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: redact_by_actor :exec
-- Of entries by the person, details and address go; a batch. Their digests stay, so the chain still verifies.
-- By seq: SQLite goes to an id through all of the workspace's log.
-- param: workspace_id uuid
-- param: account_id text
-- param: batch int
-- scope: workspace
UPDATE AuditLog SET details = NULL, details_salt = NULL, ip = NULL, redacted = 1
WHERE workspace_id = @workspace_id AND seq IN (
    SELECT a.seq FROM AuditLog AS a
    WHERE a.workspace_id = @workspace_id AND a.actor_id = @account_id AND a.redacted = 0
    ORDER BY a.seq OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: redact_by_target :queued
-- As redact_by_actor, of entries about one thing, which are few.
-- param: workspace_id uuid
-- param: target_type text
-- param: target_id text
-- scope: workspace
UPDATE AuditLog SET details = NULL, details_salt = NULL, ip = NULL, redacted = 1
WHERE workspace_id = @workspace_id AND target_type = @target_type AND target_id = @target_id AND redacted = 0

-- name: redact_platform_by_actor :exec
-- As redact_by_actor, on the chains outside workspaces.
-- param: account_id text
-- param: batch int
-- scope: global the chains of accounts, organisations and the platform lie outside every workspace
UPDATE PlatformAuditLog SET details = NULL, details_salt = NULL, ip = NULL, redacted = 1
WHERE id IN (
    SELECT a.id FROM PlatformAuditLog AS a
    WHERE a.actor_id = @account_id AND a.redacted = 0
    ORDER BY a.redacted OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: redact_platform_by_target :exec
-- As redact_platform_by_actor, of entries about the person or another thing.
-- param: target_id text
-- param: batch int
-- scope: global the chains of accounts, organisations and the platform lie outside every workspace
UPDATE PlatformAuditLog SET details = NULL, details_salt = NULL, ip = NULL, redacted = 1
WHERE id IN (
    SELECT a.id FROM PlatformAuditLog AS a
    WHERE a.target_id = @target_id AND a.redacted = 0
    ORDER BY a.redacted OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: list_invitations_to_erase :many
-- Invitations that were addressed to the person, whatever became of them.
-- param: email_key text
-- param: page_size int
-- returns: ErasedInvitationRow
-- scope: global tenant: an erasure reaches every workspace and organisation
SELECT i.id, i.workspace_id AS of_workspace
FROM Invitation AS i
WHERE i.email_key = @email_key
ORDER BY i.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: erase_invitation :queued
-- It was for somebody who is not here any more.
-- param: invitation_id uuid
-- scope: global tenant: an erasure reaches every workspace and organisation
DELETE FROM Invitation WHERE id = @invitation_id

-- name: erase_own_answers :exec
-- What was answered to the person's own requests; a batch.
-- param: account_id text
-- param: batch int
-- scope: global the outbox erases for everybody
DELETE FROM IdempotencyRecord
WHERE user_id = @account_id AND idempotency_key IN (
    SELECT r.idempotency_key FROM IdempotencyRecord AS r WHERE r.user_id = @account_id
    ORDER BY r.idempotency_key OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: find_next_answered :optional
-- The next one, after the cursor, to whose requests answers are kept.
-- param: after_user text
-- returns: AnsweredRow
-- scope: global an erasure reaches what others were answered of the person
SELECT r.user_id
FROM IdempotencyRecord AS r
WHERE r.user_id > @after_user
ORDER BY r.user_id, r.idempotency_key
OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY

-- name: list_answers :page
-- What somebody was answered, after the cursor.
-- param: account_id text
-- param: after_key text
-- param: page_size int
-- returns: AnswerRow
-- scope: global an erasure reaches what others were answered of the person
SELECT r.idempotency_key, r.body
FROM IdempotencyRecord AS r
WHERE r.user_id = @account_id AND r.idempotency_key > @after_key
ORDER BY r.idempotency_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: set_answer :queued
-- The same answer without the person.
-- param: account_id text
-- param: idempotency_key text
-- param: body longtext
-- scope: global an erasure reaches what others were answered of the person
UPDATE IdempotencyRecord SET body = @body WHERE user_id = @account_id AND idempotency_key = @idempotency_key

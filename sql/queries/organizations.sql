-- name: read_org_access :optional
-- The session, the organisation and the caller's role in force, in one round trip: every call below
-- /organizations/{org_id} begins with it. No row: there is no such account. Columns of the organisation are NULL
-- when it does not exist, the role when the caller is not in it, or was
-- stopped there by their directory.
-- param: user_id text
-- param: jti uuid?
-- param: org_id uuid
-- returns: OrgAccessRow
-- scope: organization
SELECT u.status AS account_status,
       u.session_version,
       CASE WHEN r.jti IS NULL THEN 0 ELSE 1 END AS is_revoked,
       o.name,
       o.slug,
       o.status,
       o.held_by,
       o.created_by,
       o.created_at,
       o.updated_at,
       o.version,
       l.max_requests_per_minute,
       CASE WHEN NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = @org_id AND stop.user_id = @user_id)
            THEN m.role END AS role
FROM UserAccount AS u
LEFT JOIN TokenRevocation AS r ON r.jti = @jti AND r.user_id = @user_id
LEFT JOIN Organization AS o ON o.id = @org_id
LEFT JOIN OrganizationUsage AS l ON l.org_id = @org_id
LEFT JOIN OrganizationMember AS m ON m.org_id = @org_id AND m.user_id = u.id
WHERE u.id = @user_id

-- name: lock_organization :queued
-- Takes the guard row of everything decided about an organisation, as lock_workspace does: its roles, its owner, its
-- status, its limits. Before any workspace's.
-- param: org_id uuid
-- scope: organization
UPDATE Organization SET version = version WHERE id = @org_id

-- name: insert_organization :queued
-- A new organisation. UQ_Organization_slug refuses a short name that is taken.
-- param: org_id uuid
-- param: name text
-- param: slug text?
-- param: created_by text
-- param: now time
-- param: list_key text
-- scope: organization
INSERT INTO Organization (id, name, slug, created_by, created_at, updated_at, list_key)
VALUES (@org_id, @name, @slug, @created_by, @now, @now, @list_key)

-- name: list_organizations :many
-- The caller's organisations, by name, after the cursor; the archived ones only where they are asked for.
-- param: user_id text
-- param: archived bool
-- param: after_key text
-- param: page_size int
-- returns: OrganizationRow
-- scope: caller
SELECT o.id, o.name, o.slug, o.status, o.held_by, o.created_by, o.created_at, o.updated_at, o.version, m.role
FROM OrganizationMember AS m
JOIN Organization AS o ON o.id = m.org_id
WHERE m.user_id = @user_id AND m.list_key > @after_key
  AND (@archived = 1 OR o.status <> N'ARCHIVED')
  AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS stop WHERE stop.org_id = m.org_id AND stop.user_id = @user_id)
ORDER BY m.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: update_organization :queued
-- Another name or short name.
-- param: org_id uuid
-- param: name text
-- param: slug text?
-- param: list_key text
-- param: now time
-- scope: organization
UPDATE Organization
SET name = @name, slug = @slug, list_key = @list_key, updated_at = @now, version = version + 1
WHERE id = @org_id

-- name: update_org_list_keys :queued
-- The name by which each member's list has the organisation.
-- param: org_id uuid
-- param: list_key text
-- scope: organization
UPDATE OrganizationMember SET list_key = @list_key WHERE org_id = @org_id

-- name: set_org_status :queued
-- Takes the organisation out of work, or puts it back.
-- param: org_id uuid
-- param: status text
-- param: held_by text?
-- param: now time
-- scope: organization
UPDATE Organization
SET status = @status, held_by = @held_by, updated_at = @now, version = version + 1
WHERE id = @org_id

-- name: insert_org_status_event :queued
-- What became of the organisation's status, for its history.
-- param: org_id uuid
-- param: seq int
-- param: from_status text
-- param: to_status text
-- param: reason text?
-- param: actor_id text
-- param: now time
-- scope: organization
INSERT INTO OrganizationStatusEvent (org_id, seq, from_status, to_status, reason, actor_id, at)
VALUES (@org_id, @seq, @from_status, @to_status, @reason, @actor_id, @now)

-- name: list_org_status_events :many
-- The history of an organisation's status, the newest first, before the cursor.
-- param: org_id uuid
-- param: before_seq int
-- param: page_size int
-- returns: StatusEventRow
-- scope: organization
SELECT e.seq, e.from_status, e.to_status, e.reason, e.actor_id, e.at
FROM OrganizationStatusEvent AS e
WHERE e.org_id = @org_id AND e.seq < @before_seq
ORDER BY e.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

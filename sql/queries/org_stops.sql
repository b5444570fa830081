-- name: list_org_stops :many
-- Whom directories have stopped in an organisation, by account id, after the cursor: each once, with how many have.
-- param: org_id uuid
-- param: after_id text
-- param: page_size int
-- returns: OrgStopRow
-- scope: organization
SELECT s.user_id, a.display_name, m.role, s.stopped_at,
       (SELECT COUNT(*) FROM OrganizationStop AS k WHERE k.org_id = @org_id AND k.user_id = s.user_id) AS directories
FROM OrganizationStop AS s
JOIN UserAccount AS a ON a.id = s.user_id
LEFT JOIN OrganizationMember AS m ON m.org_id = @org_id AND m.user_id = s.user_id
WHERE s.org_id = @org_id AND s.user_id > @after_id
  AND NOT EXISTS (SELECT 1 FROM OrganizationStop AS e WHERE e.org_id = @org_id AND e.user_id = s.user_id AND e.tid < s.tid)
ORDER BY s.user_id
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: delete_org_stops :exec
-- Puts somebody back whom directories have stopped: 0 rows where none has. Right only while the caller holds
-- lock_organization.
-- param: org_id uuid
-- param: account_id text
-- scope: organization
DELETE FROM OrganizationStop WHERE org_id = @org_id AND user_id = @account_id

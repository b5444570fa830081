-- name: review_workspace :many
-- Who is in a workspace, how they came there and when they were last here, by display name after the cursor. Of
-- whoever let them in the name is told while they are in it too. Somebody whom others added by their id is seen from then
-- on only: adding anybody shall not tell when they were elsewhere.
-- param: workspace_id uuid
-- param: after_key text
-- param: page_size int
-- returns: ReviewRow
-- scope: workspace
SELECT m.user_id, m.display_name, m.role, m.source, m.added_at, m.added_by, a.display_name AS added_by_name,
       u.status AS account_status, CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected,
       CASE WHEN u.last_seen_at >= m.added_at OR m.added_by = m.user_id OR m.source = N'invitation' THEN u.last_seen_at END AS last_seen_at
FROM WorkspaceMember AS m
JOIN UserAccount AS u ON u.id = m.user_id
LEFT JOIN WorkspaceMember AS a ON a.workspace_id = @workspace_id AND a.user_id = m.added_by
WHERE m.workspace_id = @workspace_id AND m.member_key > @after_key
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: review_organization :many
-- As review_workspace, of an organisation.
-- param: org_id uuid
-- param: after_key text
-- param: page_size int
-- returns: ReviewRow
-- scope: organization
SELECT m.user_id, m.display_name, m.role, m.source, m.added_at, m.added_by, a.display_name AS added_by_name,
       u.status AS account_status, CASE WHEN u.verified_at IS NULL THEN 1 ELSE 0 END AS is_expected,
       CASE WHEN u.last_seen_at >= m.added_at OR m.added_by = m.user_id OR m.source = N'invitation' THEN u.last_seen_at END AS last_seen_at
FROM OrganizationMember AS m
JOIN UserAccount AS u ON u.id = m.user_id
LEFT JOIN OrganizationMember AS a ON a.org_id = @org_id AND a.user_id = m.added_by
WHERE m.org_id = @org_id AND m.member_key > @after_key
ORDER BY m.member_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_late_key_results :many
-- Key results about which somebody is to be told now, the one that waits longest first. is_waited_for: their objective is
-- ACTIVE, in a cycle and a workspace that are, and its owner is in the workspace.
-- param: now time
-- param: page_size int
-- returns: LateKeyResultRow
-- scope: global tenant: every workspace's key results become stale
SELECT k.workspace_id, k.id AS key_result_id, o.owner_id, k.stale_after, k.remind_at,
       CASE WHEN k.deleted_at IS NULL AND o.deleted_at IS NULL AND o.state = N'ACTIVE' AND c.state = N'ACTIVE'
                 AND w.is_active = 1 AND w.status = N'ACTIVE'
                 AND EXISTS (SELECT 1 FROM WorkspaceMember AS m
                             WHERE m.workspace_id = k.workspace_id AND m.user_id = o.owner_id AND m.is_guest = 0)
            THEN 1 ELSE 0 END AS is_waited_for
FROM KeyResult AS k
JOIN Objective AS o ON o.workspace_id = k.workspace_id AND o.id = k.objective_id
JOIN OkrCycle AS c ON c.workspace_id = k.workspace_id AND c.id = o.cycle_id
JOIN Workspace AS w ON w.id = k.workspace_id
WHERE k.remind_at IS NOT NULL AND k.remind_at <= @now
ORDER BY k.remind_at
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: take_reminder :exec
-- Whoever moves remind_at on tells of it: of several that see it due one does, and nobody of what was checked in since.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: seen_at time
-- param: remind_at time
-- scope: workspace
UPDATE KeyResult SET remind_at = @remind_at
WHERE workspace_id = @workspace_id AND id = @key_result_id AND remind_at = @seen_at

-- name: pick_task :exec
-- Assigns a task that nobody is assigned to to the caller: of many at once one changes a row. What decides is the
-- row's own, so that it is judged as it is when it is locked; whoever has left meanwhile is refused by FK_Task_assignee.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: now time
-- param: updated_key ascii
-- scope: workspace
UPDATE Task SET assignee_id = @user_id, updated_at = @now, updated_key = @updated_key, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_id AND assignee_id IS NULL AND state <> N'DONE' AND deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM Project AS p
              WHERE p.workspace_id = @workspace_id AND p.id = Task.project_id AND p.status = N'ACTIVE')
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'take'
                AND g.project_id = Task.project_id AND g.task_type_id = Task.task_type_id AND g.state = Task.state)

-- name: assign_task :exec
-- As pick_task, to somebody who may take it up, whoever was assigned before; to the same one changes no row.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: assignee_id text
-- param: now time
-- param: updated_key ascii
-- scope: workspace
-- rule: also @assignee_id, it is asked whether they may take it up
UPDATE Task SET assignee_id = @assignee_id, updated_at = @now, updated_key = @updated_key, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_id AND (assignee_id IS NULL OR assignee_id <> @assignee_id)
  AND state <> N'DONE' AND deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM Project AS p
              WHERE p.workspace_id = @workspace_id AND p.id = Task.project_id AND p.status = N'ACTIVE')
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'assign'
                AND g.project_id = Task.project_id AND g.task_type_id = Task.task_type_id AND g.state = Task.state)
  AND EXISTS (SELECT 1 FROM TaskGrant AS h
              WHERE h.workspace_id = @workspace_id AND h.user_id = @assignee_id AND h.permission = N'take'
                AND h.project_id = Task.project_id AND h.task_type_id = Task.task_type_id AND h.state = Task.state)

-- name: unassign_task :exec
-- Takes a task from whom it is assigned to. Their own needs take, somebody else's assign.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: assignee_id text
-- param: now time
-- param: updated_key ascii
-- scope: workspace
UPDATE Task SET assignee_id = NULL, updated_at = @now, updated_key = @updated_key, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_id AND assignee_id = @assignee_id AND state <> N'DONE' AND deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = Task.project_id AND g.task_type_id = Task.task_type_id AND g.state = Task.state)
  AND (EXISTS (SELECT 1 FROM TaskGrant AS a
               WHERE a.workspace_id = @workspace_id AND a.user_id = @user_id AND a.permission = N'assign'
                 AND a.project_id = Task.project_id AND a.task_type_id = Task.task_type_id AND a.state = Task.state)
       OR (assignee_id = @user_id
           AND EXISTS (SELECT 1 FROM TaskGrant AS h
                       WHERE h.workspace_id = @workspace_id AND h.user_id = @user_id AND h.permission = N'take'
                         AND h.project_id = Task.project_id AND h.task_type_id = Task.task_type_id AND h.state = Task.state)))

-- name: move_task_state :exec
-- From one state to another, which the service has found to be allowed, of the version that it has seen.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: from_state text
-- param: to_state text
-- param: blocked_by text?
-- param: version int
-- param: now time
-- param: updated_key ascii
-- scope: workspace
UPDATE Task SET state = @to_state, blocked_by = @blocked_by, updated_at = @now, updated_key = @updated_key, version = version + 1
WHERE workspace_id = @workspace_id AND id = @task_id AND version = @version AND state = @from_state AND deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'move_state'
                AND g.project_id = Task.project_id AND g.task_type_id = Task.task_type_id AND g.state = Task.state)

-- name: insert_transition :queued
-- version: the task's own, which the transition made.
-- param: workspace_id uuid
-- param: task_id uuid
-- param: version int
-- param: transition_id uuid?
-- param: from_state text
-- param: to_state text
-- param: reason text
-- param: actor_id text
-- param: now time
-- scope: workspace
INSERT INTO TaskTransition (workspace_id, task_id, seq, transition_id, from_state, to_state, reason, actor_id, at)
VALUES (@workspace_id, @task_id, @version, @transition_id, @from_state, @to_state, @reason, @actor_id, @now)

-- name: find_transition :optional
-- The transition that a client has called so. Right only while the caller holds lock_task.
-- param: workspace_id uuid
-- param: task_id uuid
-- param: transition_id uuid
-- returns: TransitionRow
-- scope: workspace
SELECT x.task_id, x.seq AS version, x.transition_id, x.from_state, x.to_state, x.reason, x.actor_id, x.at
FROM TaskTransition AS x
WHERE x.workspace_id = @workspace_id AND x.task_id = @task_id AND x.transition_id = @transition_id AND x.transition_id IS NOT NULL

-- name: list_transitions :many
-- The transitions of a task, the last one first, between states in which the caller may see such a task.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: before_version int
-- param: page_size int
-- returns: TransitionRow
-- scope: workspace
SELECT x.task_id, x.seq AS version, x.transition_id, x.from_state, x.to_state, x.reason, x.actor_id, x.at
FROM TaskTransition AS x
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = x.task_id
WHERE x.workspace_id = @workspace_id AND x.task_id = @task_id AND x.seq < @before_version AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
  AND EXISTS (SELECT 1 FROM TaskRight AS b
              WHERE b.workspace_id = @workspace_id AND b.user_id = @user_id AND b.permission = N'view'
                AND b.task_type_id = t.task_type_id AND b.state = x.from_state)
  AND EXISTS (SELECT 1 FROM TaskRight AS a
              WHERE a.workspace_id = @workspace_id AND a.user_id = @user_id AND a.permission = N'view'
                AND a.task_type_id = t.task_type_id AND a.state = x.to_state)
ORDER BY x.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: explain_task :many
-- What decides about somebody and a task that the caller may see, by permission, each rule by itself, and the verdict.
-- No row: they are not in the workspace.
-- param: workspace_id uuid
-- param: user_id text
-- param: task_id uuid
-- param: account_id text
-- returns: FactsRow
-- scope: workspace
-- rule: also @account_id, who may ask about somebody else is judged before
SELECT r.permission, m.role, m.is_guest, m.user_type_id, t.state, t.task_type_id,
       CASE WHEN EXISTS (SELECT 1 FROM VisibleProject AS v
                         WHERE v.workspace_id = @workspace_id AND v.user_id = @account_id AND v.project_id = t.project_id)
            THEN 1 ELSE 0 END AS is_in_scope,
       CASE WHEN EXISTS (SELECT 1 FROM RolePermission AS rp WHERE rp.role = m.role AND rp.permission = r.permission)
            THEN 1 ELSE 0 END AS is_within_role,
       CASE WHEN EXISTS (SELECT 1 FROM UserTypePermission AS uv
                         WHERE uv.workspace_id = @workspace_id AND uv.user_type_id = m.user_type_id AND uv.permission = N'view')
            THEN 1 ELSE 0 END AS may_view,
       CASE WHEN EXISTS (SELECT 1 FROM UserTypePermission AS up
                         WHERE up.workspace_id = @workspace_id AND up.user_type_id = m.user_type_id AND up.permission = r.permission)
            THEN 1 ELSE 0 END AS is_granted,
       CASE WHEN u.read_only = 1 THEN 1 ELSE 0 END AS is_read_only,
       CASE WHEN EXISTS (SELECT 1 FROM UserTypeHiddenState AS h
                         WHERE h.workspace_id = @workspace_id AND h.user_type_id = m.user_type_id AND h.state = t.state)
            THEN 1 ELSE 0 END AS is_hidden,
       k.is_restricted,
       CASE WHEN u.access_level = N'admin' THEN 1 ELSE 0 END AS reaches_every_type,
       CASE WHEN EXISTS (SELECT 1 FROM EligibilityMapping AS e
                         WHERE e.workspace_id = @workspace_id AND e.user_type_id = m.user_type_id AND e.task_type_id = t.task_type_id)
            THEN 1 ELSE 0 END AS is_mapped,
       CASE WHEN EXISTS (SELECT 1 FROM TaskGrant AS a
                         WHERE a.workspace_id = @workspace_id AND a.user_id = @account_id AND a.permission = r.permission
                           AND a.project_id = t.project_id AND a.task_type_id = t.task_type_id AND a.state = t.state)
            THEN 1 ELSE 0 END AS is_allowed
FROM Task AS t
JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = @account_id
JOIN TaskType AS k ON k.workspace_id = @workspace_id AND k.id = t.task_type_id
LEFT JOIN UserType AS u ON u.workspace_id = @workspace_id AND u.id = m.user_type_id
CROSS JOIN TaskPermission AS r
WHERE t.workspace_id = @workspace_id AND t.id = @task_id AND t.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)

-- name: is_member :value
-- Whether somebody is in the workspace.
-- param: workspace_id uuid
-- param: account_id text
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (SELECT 1 FROM WorkspaceMember AS m
                         WHERE m.workspace_id = @workspace_id AND m.user_id = @account_id)
            THEN 1 ELSE 0 END AS is_member

-- name: insert_objective :queued
-- A draft of an objective. The caller holds the cycle's row.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: cycle_id uuid
-- param: title text
-- param: description longtext?
-- param: level text
-- param: owner_id text
-- param: list_key ascii
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO Objective (id, workspace_id, cycle_id, title, description, level, state, owner_id, list_key, created_by, created_at, updated_at)
VALUES (@objective_id, @workspace_id, @cycle_id, @title, @description, @level, N'DRAFT', @owner_id, @list_key, @created_by, @now, @now)

-- name: get_objective :optional
-- One objective that was not deleted.
-- param: workspace_id uuid
-- param: objective_id uuid
-- returns: ObjectiveRow
-- scope: workspace
SELECT o.id, o.cycle_id, o.title, o.level, o.state, o.owner_id, o.created_by, o.created_at, o.updated_at, o.activated_at,
       o.ended_at, o.version, o.description
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.id = @objective_id AND o.deleted_at IS NULL

-- name: lock_objective :queued
-- Takes the row of an objective, the guard of all that is under it.
-- param: workspace_id uuid
-- param: objective_id uuid
-- scope: workspace
UPDATE Objective SET version = version WHERE workspace_id = @workspace_id AND id = @objective_id

-- name: get_objective_to_change :optional
-- As get_objective, deleted ones too, with what decides about a change. Right only while the caller holds lock_objective.
-- param: workspace_id uuid
-- param: objective_id uuid
-- returns: ObjectiveToChangeRow
-- scope: workspace
SELECT o.id, o.cycle_id, o.title, o.level, o.state, o.owner_id, o.created_by, o.created_at, o.updated_at, o.activated_at,
       o.ended_at, o.version, o.description, o.is_frozen, o.deleted_at
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.id = @objective_id

-- name: list_objectives :many
-- Objectives of a workspace, the oldest first, after the cursor; any filter may be NULL.
-- param: workspace_id uuid
-- param: level text?
-- param: state text?
-- param: after_key ascii
-- param: page_size int
-- returns: ListedObjectiveRow
-- scope: workspace
SELECT o.id, o.cycle_id, o.title, o.level, o.state, o.owner_id, o.created_by, o.created_at, o.updated_at, o.activated_at,
       o.ended_at, o.version
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.list_key > @after_key AND o.deleted_at IS NULL
  AND (@level IS NULL OR o.level = @level)
  AND (@state IS NULL OR o.state = @state)
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_objectives_of_cycle :many
-- As list_objectives, of one cycle.
-- param: workspace_id uuid
-- param: cycle_id uuid
-- param: owner_id text?
-- param: level text?
-- param: state text?
-- param: after_key ascii
-- param: page_size int
-- returns: ListedObjectiveRow
-- scope: workspace
SELECT o.id, o.cycle_id, o.title, o.level, o.state, o.owner_id, o.created_by, o.created_at, o.updated_at, o.activated_at,
       o.ended_at, o.version
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.cycle_id = @cycle_id AND o.list_key > @after_key AND o.deleted_at IS NULL
  AND (@owner_id IS NULL OR o.owner_id = @owner_id)
  AND (@level IS NULL OR o.level = @level)
  AND (@state IS NULL OR o.state = @state)
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_objectives_of_owner :many
-- As list_objectives, of one person.
-- param: workspace_id uuid
-- param: owner_id text
-- param: level text?
-- param: state text?
-- param: after_key ascii
-- param: page_size int
-- returns: ListedObjectiveRow
-- scope: workspace
SELECT o.id, o.cycle_id, o.title, o.level, o.state, o.owner_id, o.created_by, o.created_at, o.updated_at, o.activated_at,
       o.ended_at, o.version
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.owner_id = @owner_id AND o.list_key > @after_key AND o.deleted_at IS NULL
  AND (@level IS NULL OR o.level = @level)
  AND (@state IS NULL OR o.state = @state)
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_objectives_of_parent :many
-- As list_objectives, of those that add to one.
-- param: workspace_id uuid
-- param: parent_id uuid
-- param: cycle_id uuid?
-- param: owner_id text?
-- param: level text?
-- param: state text?
-- param: after_key ascii
-- param: page_size int
-- returns: ListedObjectiveRow
-- scope: workspace
SELECT o.id, o.cycle_id, o.title, o.level, o.state, o.owner_id, o.created_by, o.created_at, o.updated_at, o.activated_at,
       o.ended_at, o.version
FROM ObjectiveAlignment AS a
JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = a.child_id
WHERE a.workspace_id = @workspace_id AND a.parent_id = @parent_id AND o.list_key > @after_key AND o.deleted_at IS NULL
  AND (@cycle_id IS NULL OR o.cycle_id = @cycle_id)
  AND (@owner_id IS NULL OR o.owner_id = @owner_id)
  AND (@level IS NULL OR o.level = @level)
  AND (@state IS NULL OR o.state = @state)
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_deleted_objectives :many
-- What was deleted and can be restored, the oldest first, after the cursor.
-- param: workspace_id uuid
-- param: after_key ascii
-- param: page_size int
-- returns: ListedObjectiveRow
-- scope: workspace
SELECT o.id, o.cycle_id, o.title, o.level, o.state, o.owner_id, o.created_by, o.created_at, o.updated_at, o.activated_at,
       o.ended_at, o.version
FROM Objective AS o
WHERE o.workspace_id = @workspace_id AND o.list_key > @after_key AND o.deleted_at IS NOT NULL
ORDER BY o.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: update_objective :queued
-- What it says, whose it is, and how far its approval is. The caller holds lock_objective.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: title text
-- param: description longtext?
-- param: level text
-- param: owner_id text
-- param: state text
-- param: now time
-- scope: workspace
UPDATE Objective SET title = @title, description = @description, level = @level, owner_id = @owner_id, state = @state,
                     updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @objective_id

-- name: set_objective_state :queued
-- It is in another state. The caller holds lock_objective.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: state text
-- param: activated_at time?
-- param: ended_at time?
-- param: now time
-- scope: workspace
UPDATE Objective SET state = @state, activated_at = @activated_at, ended_at = @ended_at, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @objective_id

-- name: touch_objective :queued
-- Something under it that is approved with it is other now. The caller holds lock_objective.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: state text
-- param: now time
-- scope: workspace
UPDATE Objective SET state = @state, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @objective_id

-- name: set_objective_deleted :queued
-- Deletes it, or restores it (deleted_at NULL). The caller holds lock_objective.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: deleted_at time?
-- param: now time
-- scope: workspace
UPDATE Objective SET deleted_at = @deleted_at, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @objective_id

-- name: may_own_objective :value
-- Whether somebody is in the workspace, and no guest.
-- param: workspace_id uuid
-- param: account_id text
-- returns: bool
-- scope: workspace
SELECT CASE WHEN EXISTS (SELECT 1 FROM WorkspaceMember AS m
                         WHERE m.workspace_id = @workspace_id AND m.user_id = @account_id AND m.is_guest = 0)
       THEN 1 ELSE 0 END AS may_own

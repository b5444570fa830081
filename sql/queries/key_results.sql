-- name: insert_key_result :queued
-- A key result. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: objective_id uuid
-- param: kind text
-- param: list_key ascii
-- param: title text
-- param: description longtext?
-- param: weight int
-- param: unit text?
-- param: direction text?
-- param: baseline_value int?
-- param: commit_value int?
-- param: target_value int?
-- param: stretch_value int?
-- param: fail_text text?
-- param: commit_text text?
-- param: target_text text?
-- param: stretch_text text?
-- param: source text
-- param: source_ref longtext?
-- param: binding_id uuid?
-- param: stale_after int?
-- param: stale_at time?
-- param: remind_at time?
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO KeyResult (id, workspace_id, objective_id, kind, list_key, title, description, weight, unit, direction,
                       baseline_value, commit_value, target_value, stretch_value, fail_text, commit_text, target_text,
                       stretch_text, source, source_ref, binding_id, stale_after, stale_at, remind_at, created_by,
                       created_at, updated_at)
VALUES (@key_result_id, @workspace_id, @objective_id, @kind, @list_key, @title, @description, @weight, @unit, @direction,
        @baseline_value, @commit_value, @target_value, @stretch_value, @fail_text, @commit_text, @target_text,
        @stretch_text, @source, @source_ref, @binding_id, @stale_after, @stale_at, @remind_at, @created_by, @now, @now)

-- name: get_key_result :optional
-- One key result of an objective, neither of which was deleted.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- returns: KeyResultRow
-- scope: workspace
SELECT k.id, k.objective_id, k.kind, k.title, k.description, k.weight, k.unit, k.direction, k.baseline_value, k.commit_value,
       k.target_value, k.stretch_value, k.fail_text, k.commit_text, k.target_text, k.stretch_text, k.current_value,
       k.current_zone, k.score, k.confidence, k.measured_at, k.source, k.source_ref, k.binding_id, k.stale_after, k.stale_at,
       k.created_by, k.created_at, k.updated_at, k.version, f.status AS feed_status, f.error AS feed_error,
       f.fallback AS feed_fallback, f.fetched_at
FROM KeyResult AS k
LEFT JOIN KeyResultFeed AS f ON f.workspace_id = @workspace_id AND f.key_result_id = k.id
JOIN Objective AS o ON o.workspace_id = @workspace_id AND o.id = k.objective_id
WHERE k.workspace_id = @workspace_id AND k.id = @key_result_id AND k.deleted_at IS NULL AND o.deleted_at IS NULL

-- name: list_key_results :page
-- The key results of an objective, in the order in which they were made, after the cursor.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: after_key ascii
-- param: page_size int
-- returns: KeyResultRow
-- scope: workspace
SELECT k.id, k.objective_id, k.kind, k.title, k.description, k.weight, k.unit, k.direction, k.baseline_value, k.commit_value,
       k.target_value, k.stretch_value, k.fail_text, k.commit_text, k.target_text, k.stretch_text, k.current_value,
       k.current_zone, k.score, k.confidence, k.measured_at, k.source, k.source_ref, k.binding_id, k.stale_after, k.stale_at,
       k.created_by, k.created_at, k.updated_at, k.version, f.status AS feed_status, f.error AS feed_error,
       f.fallback AS feed_fallback, f.fetched_at
FROM KeyResult AS k
LEFT JOIN KeyResultFeed AS f ON f.workspace_id = @workspace_id AND f.key_result_id = k.id
WHERE k.workspace_id = @workspace_id AND k.objective_id = @objective_id AND k.list_key > @after_key AND k.deleted_at IS NULL
ORDER BY k.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: count_key_results :value
-- How many an objective has. Right only while the caller holds its row.
-- param: workspace_id uuid
-- param: objective_id uuid
-- returns: int
-- scope: workspace
SELECT COUNT(*) AS key_results FROM KeyResult AS k
WHERE k.workspace_id = @workspace_id AND k.objective_id = @objective_id AND k.deleted_at IS NULL

-- name: update_key_result :queued
-- Another definition, and the score by it. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: title text
-- param: description longtext?
-- param: weight int
-- param: unit text?
-- param: direction text?
-- param: baseline_value int?
-- param: commit_value int?
-- param: target_value int?
-- param: stretch_value int?
-- param: fail_text text?
-- param: commit_text text?
-- param: target_text text?
-- param: stretch_text text?
-- param: source text
-- param: source_ref longtext?
-- param: binding_id uuid?
-- param: stale_after int?
-- param: current_zone text?
-- param: score int?
-- param: stale_at time?
-- param: remind_at time?
-- param: now time
-- scope: workspace
UPDATE KeyResult SET title = @title, description = @description, weight = @weight, unit = @unit, direction = @direction,
                     baseline_value = @baseline_value, commit_value = @commit_value, target_value = @target_value,
                     stretch_value = @stretch_value, fail_text = @fail_text, commit_text = @commit_text, target_text =
                     @target_text, stretch_text = @stretch_text, source = @source, source_ref = @source_ref, binding_id =
                     @binding_id, stale_after = @stale_after, current_zone = @current_zone, score = @score, stale_at =
                     @stale_at, remind_at = @remind_at,
                     updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @key_result_id

-- name: delete_key_result :queued
-- It is shown no more; what was checked in stays in the log. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: now time
-- scope: workspace
UPDATE KeyResult SET deleted_at = @now, remind_at = NULL, updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @key_result_id

-- name: list_key_result_terms :many
-- How long each key result of an objective may go without a check-in.
-- param: workspace_id uuid
-- param: objective_id uuid
-- returns: KeyResultTermRow
-- scope: workspace
SELECT k.id, k.stale_after FROM KeyResult AS k
WHERE k.workspace_id = @workspace_id AND k.objective_id = @objective_id AND k.deleted_at IS NULL

-- name: set_key_result_term :queued
-- From when on it is late. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: stale_at time?
-- scope: workspace
UPDATE KeyResult SET stale_at = @stale_at, remind_at = @stale_at WHERE workspace_id = @workspace_id AND id = @key_result_id

-- name: set_key_result_terms :queued
-- From when on what an objective is measured by is late. terms: a JSON array of ids of key results and times; the others have
-- none. The caller holds the objective's row, which guards them.
-- param: workspace_id uuid
-- param: objective_id uuid
-- param: terms longtext
-- scope: workspace
-- dialect: mssql
UPDATE KeyResult
SET stale_at = (SELECT j.stale_at FROM OPENJSON(@terms) WITH (id UNIQUEIDENTIFIER '$[0]', stale_at DATETIME2(6) '$[1]') AS j
                WHERE j.id = KeyResult.id),
    remind_at = (SELECT r.stale_at FROM OPENJSON(@terms) WITH (id UNIQUEIDENTIFIER '$[0]', stale_at DATETIME2(6) '$[1]') AS r
                 WHERE r.id = KeyResult.id)
WHERE workspace_id = @workspace_id AND objective_id = @objective_id
-- dialect: sqlite
UPDATE KeyResult
SET stale_at = (SELECT j.value ->> '$[1]' FROM json_each(@terms) AS j WHERE j.value ->> '$[0]' = KeyResult.id),
    remind_at = (SELECT r.value ->> '$[1]' FROM json_each(@terms) AS r WHERE r.value ->> '$[0]' = KeyResult.id)
WHERE workspace_id = @workspace_id AND objective_id = @objective_id

-- name: pause_reminders_of_objective :queued
-- Nobody is told of what is late of it while it is deleted; since when it is late, stays.
-- param: workspace_id uuid
-- param: objective_id uuid
-- scope: workspace
UPDATE KeyResult SET remind_at = NULL WHERE workspace_id = @workspace_id AND objective_id = @objective_id

-- name: resume_reminders_of_objective :queued
-- It is told again of what is late of it, as it was restored.
-- param: workspace_id uuid
-- param: objective_id uuid
-- scope: workspace
UPDATE KeyResult SET remind_at = stale_at WHERE workspace_id = @workspace_id AND objective_id = @objective_id AND deleted_at IS NULL

-- name: stop_reminders_of_objective :queued
-- Nobody is told any more of what is late of it.
-- param: workspace_id uuid
-- param: objective_id uuid
-- scope: workspace
UPDATE KeyResult SET stale_at = NULL, remind_at = NULL WHERE workspace_id = @workspace_id AND objective_id = @objective_id

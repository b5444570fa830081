-- name: insert_check_in :queued
-- What was said of a key result. The caller holds the objective's row.
-- param: workspace_id uuid
-- param: check_in_id uuid
-- param: key_result_id uuid
-- param: list_key ascii
-- param: value int?
-- param: zone text
-- param: score int
-- param: confidence int?
-- param: note longtext?
-- param: source text
-- param: selection_id uuid?
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO CheckIn (id, workspace_id, key_result_id, list_key, value, zone, score, confidence, note, source, selection_id,
                     created_by, created_at)
VALUES (@check_in_id, @workspace_id, @key_result_id, @list_key, @value, @zone, @score, @confidence, @note, @source, @selection_id,
        @created_by, @now)

-- name: set_measured :queued
-- How far a key result is, by a check-in in the same transaction. confidence NULL leaves what there was.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: value int?
-- param: zone text
-- param: score int
-- param: confidence int?
-- param: stale_at time?
-- param: now time
-- scope: workspace
UPDATE KeyResult SET current_value = @value, current_zone = @zone, score = @score, confidence = COALESCE(@confidence, confidence),
                     measured_at = @now, stale_at = @stale_at, remind_at = @stale_at, version = version + 1
WHERE workspace_id = @workspace_id AND id = @key_result_id

-- name: list_check_ins :page
-- What was said of a key result, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: key_result_id uuid
-- param: before_key ascii
-- param: page_size int
-- returns: CheckInRow
-- scope: workspace
SELECT c.id, c.key_result_id, c.value, c.zone, c.score, c.confidence, c.note, c.source, c.selection_id, c.created_by, c.created_at
FROM CheckIn AS c
WHERE c.workspace_id = @workspace_id AND c.key_result_id = @key_result_id AND c.list_key < @before_key
ORDER BY c.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

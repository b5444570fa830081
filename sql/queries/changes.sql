-- name: insert_event :queued
-- Tells that something changed. The number comes from take_seqs, in the same transaction.
-- param: workspace_id uuid
-- param: seq int
-- param: type text
-- param: actor_id text
-- param: object_type text
-- param: object_id text
-- param: minimum_rank int
-- param: now time
-- scope: workspace
INSERT INTO Event (workspace_id, seq, type, actor_id, object_type, object_id, minimum_rank, at)
VALUES (@workspace_id, @seq, @type, @actor_id, @object_type, @object_id, @minimum_rank, @now)

-- name: read_event_seq :optional
-- The number of the last event.
-- param: workspace_id uuid
-- returns: EventSeqRow
-- scope: workspace
SELECT h.event_seq FROM WorkspaceHead AS h WHERE h.workspace_id = @workspace_id

-- name: list_events :many
-- The events after a number that a role of this rank is told, in order.
-- param: workspace_id uuid
-- param: after_seq int
-- param: role_rank int
-- param: page_size int
-- returns: EventRow
-- scope: workspace
SELECT e.seq, e.type, e.actor_id, e.object_type, e.object_id, e.at
FROM Event AS e
WHERE e.workspace_id = @workspace_id AND e.seq > @after_seq AND e.minimum_rank <= @role_rank
ORDER BY e.seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: insert_head :queued
-- Begins a workspace's audit chain.
-- param: workspace_id uuid
-- param: audit_hash ascii
-- scope: workspace
INSERT INTO WorkspaceHead (workspace_id, audit_seq, audit_hash) VALUES (@workspace_id, 0, @audit_hash)

-- name: take_seqs :queued
-- Takes the next number of the chain, and those of so many events, which marks the workspace for who reads them. The row stays locked to the end of
-- the transaction, so numbers have no gap and stand in commit order; take it last. What was taken is read by
-- read_taken_seqs: what an UPDATE answers by itself (OUTPUT) was, on one engine, the row of before its wait.
-- param: workspace_id uuid
-- param: events int
-- scope: workspace
UPDATE WorkspaceHead
SET audit_seq = audit_seq + 1, event_seq = event_seq + @events, has_news = CASE WHEN @events > 0 THEN 1 ELSE has_news END
WHERE workspace_id = @workspace_id

-- name: read_taken_seqs :one
-- The numbers taken, and the hash to follow. Right only after take_seqs, in its transaction.
-- param: workspace_id uuid
-- returns: TakenRow
-- scope: workspace
SELECT h.audit_seq, h.audit_hash, h.event_seq FROM WorkspaceHead AS h WHERE h.workspace_id = @workspace_id

-- name: set_audit_head :queued
-- Leaves the new entry's hash for the next one.
-- param: workspace_id uuid
-- param: entry_hash ascii
-- scope: workspace
UPDATE WorkspaceHead SET audit_hash = @entry_hash WHERE workspace_id = @workspace_id

-- name: read_audit_head :optional
-- Where the chain ends.
-- param: workspace_id uuid
-- returns: ChainHeadRow
-- scope: workspace
SELECT h.audit_seq, h.audit_hash FROM WorkspaceHead AS h WHERE h.workspace_id = @workspace_id

-- name: insert_audit :queued
-- Appends an entry.
-- param: entry_id uuid
-- param: workspace_id uuid
-- param: action text
-- param: actor_id text
-- param: details longtext?
-- param: timestamp time
-- param: seq int
-- param: prev_hash ascii
-- param: entry_hash ascii
-- param: details_salt ascii
-- param: details_hash ascii
-- param: target_type text
-- param: target_id text
-- param: outcome text
-- param: request_id text
-- param: ip text?
-- param: auth_method text
-- param: credential_id uuid?
-- scope: workspace
INSERT INTO AuditLog (id, workspace_id, action, actor_id, details, timestamp, seq, prev_hash, entry_hash,
                      details_salt, details_hash, target_type, target_id, outcome, request_id, ip,
                      auth_method, credential_id, redacted)
VALUES (@entry_id, @workspace_id, @action, @actor_id, @details, @timestamp, @seq, @prev_hash, @entry_hash,
        @details_salt, @details_hash, @target_type, @target_id, @outcome, @request_id, @ip,
        @auth_method, @credential_id, 0)

-- name: read_chain :page
-- A stretch of the chain, oldest first, with all that its verification needs.
-- param: workspace_id uuid
-- param: after_seq int
-- param: page_size int
-- returns: ChainRow
-- scope: workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.credential_id, a.redacted, a.prev_hash, a.entry_hash,
       a.details_salt, a.details_hash
FROM AuditLog AS a
WHERE a.workspace_id = @workspace_id AND a.seq > @after_seq
ORDER BY a.seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_audit :page
-- The audit log, newest first, before the cursor. One query for each leading filter, so that each is
-- one index range.
-- param: workspace_id uuid
-- param: since time?
-- param: until time?
-- param: outcome text?
-- param: before_seq int
-- param: page_size int
-- returns: AuditRow
-- scope: workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.redacted, a.prev_hash, a.entry_hash
FROM AuditLog AS a
WHERE a.workspace_id = @workspace_id AND a.seq < @before_seq
  AND (@since IS NULL OR a.timestamp >= @since)
  AND (@until IS NULL OR a.timestamp < @until)
  AND (@outcome IS NULL OR a.outcome = @outcome)
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_audit_by_actor :page
-- As list_audit, what one actor did.
-- param: workspace_id uuid
-- param: actor_id text
-- param: action text?
-- param: target_type text?
-- param: target_id text?
-- param: since time?
-- param: until time?
-- param: outcome text?
-- param: before_seq int
-- param: page_size int
-- returns: AuditRow
-- scope: workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.redacted, a.prev_hash, a.entry_hash
FROM AuditLog AS a
WHERE a.workspace_id = @workspace_id AND a.actor_id = @actor_id AND a.seq < @before_seq
  AND (@since IS NULL OR a.timestamp >= @since)
  AND (@until IS NULL OR a.timestamp < @until)
  AND (@outcome IS NULL OR a.outcome = @outcome)
  AND (@action IS NULL OR a.action = @action)
  AND (@target_type IS NULL OR a.target_type = @target_type)
  AND (@target_id IS NULL OR a.target_id = @target_id)
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_audit_by_target :page
-- As list_audit, what happened to one target.
-- param: workspace_id uuid
-- param: target_type text
-- param: target_id text
-- param: action text?
-- param: since time?
-- param: until time?
-- param: outcome text?
-- param: before_seq int
-- param: page_size int
-- returns: AuditRow
-- scope: workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.redacted, a.prev_hash, a.entry_hash
FROM AuditLog AS a
WHERE a.workspace_id = @workspace_id AND a.target_type = @target_type AND a.target_id = @target_id AND a.seq < @before_seq
  AND (@since IS NULL OR a.timestamp >= @since)
  AND (@until IS NULL OR a.timestamp < @until)
  AND (@outcome IS NULL OR a.outcome = @outcome)
  AND (@action IS NULL OR a.action = @action)
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_audit_by_action :page
-- As list_audit, one action.
-- param: workspace_id uuid
-- param: action text
-- param: target_type text?
-- param: since time?
-- param: until time?
-- param: outcome text?
-- param: before_seq int
-- param: page_size int
-- returns: AuditRow
-- scope: workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.redacted, a.prev_hash, a.entry_hash
FROM AuditLog AS a
WHERE a.workspace_id = @workspace_id AND a.action = @action AND a.seq < @before_seq
  AND (@since IS NULL OR a.timestamp >= @since)
  AND (@until IS NULL OR a.timestamp < @until)
  AND (@outcome IS NULL OR a.outcome = @outcome)
  AND (@target_type IS NULL OR a.target_type = @target_type)
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

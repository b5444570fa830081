-- name: insert_platform_head :queued
-- Begins an account's chain.
-- param: scope_type text
-- param: scope_id text
-- param: audit_hash ascii
-- scope: global the chain of an account lies outside every workspace
INSERT INTO PlatformHead (scope_type, scope_id, audit_seq, audit_hash) VALUES (@scope_type, @scope_id, 0, @audit_hash)

-- name: take_platform_seq :queued
-- As take_seqs, for an account. The hint keeps a missing row missing where the engine heeds it; elsewhere
-- PK_PlatformHead lets one of two begin the chain, and the other is run again.
-- param: scope_type text
-- param: scope_id text
-- scope: global the chain of an account lies outside every workspace
UPDATE PlatformHead WITH (UPDLOCK, HOLDLOCK) SET audit_seq = audit_seq + 1
WHERE scope_type = @scope_type AND scope_id = @scope_id

-- name: read_platform_head :optional
-- The number taken and the hash to follow; no row where the chain has not begun. Right only after
-- take_platform_seq, in its transaction.
-- param: scope_type text
-- param: scope_id text
-- returns: ChainHeadRow
-- scope: global the chain of an account lies outside every workspace
SELECT h.audit_seq, h.audit_hash FROM PlatformHead AS h WHERE h.scope_type = @scope_type AND h.scope_id = @scope_id

-- name: set_platform_head :queued
-- Leaves the new entry's hash for the next one.
-- param: scope_type text
-- param: scope_id text
-- param: entry_hash ascii
-- scope: global the chain of an account lies outside every workspace
UPDATE PlatformHead SET audit_hash = @entry_hash WHERE scope_type = @scope_type AND scope_id = @scope_id

-- name: insert_platform_audit :queued
-- Appends an entry.
-- param: entry_id uuid
-- param: scope_type text
-- param: scope_id text
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
-- scope: global the chain of an account lies outside every workspace
INSERT INTO PlatformAuditLog (id, scope_type, scope_id, action, actor_id, details, timestamp, seq, prev_hash,
                              entry_hash, details_salt, details_hash, target_type, target_id, outcome,
                              request_id, ip, auth_method, credential_id, redacted)
VALUES (@entry_id, @scope_type, @scope_id, @action, @actor_id, @details, @timestamp, @seq, @prev_hash,
        @entry_hash, @details_salt, @details_hash, @target_type, @target_id, @outcome,
        @request_id, @ip, @auth_method, @credential_id, 0)

-- name: read_platform_chain :page
-- A stretch of a chain, oldest first, with all that its verification needs.
-- param: scope_type text
-- param: scope_id text
-- param: after_seq int
-- param: page_size int
-- returns: ChainRow
-- scope: global the chain lies outside every workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.credential_id, a.redacted, a.prev_hash, a.entry_hash,
       a.details_salt, a.details_hash
FROM PlatformAuditLog AS a
WHERE a.scope_type = @scope_type AND a.scope_id = @scope_id AND a.seq > @after_seq
ORDER BY a.seq
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_platform_audit :page
-- The log of a chain, newest first, before the cursor. One query for each leading filter, so that each is one index
-- range.
-- param: scope_type text
-- param: scope_id text
-- param: since time?
-- param: until time?
-- param: before_seq int
-- param: page_size int
-- returns: AuditRow
-- scope: global the chain lies outside every workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.redacted, a.prev_hash, a.entry_hash
FROM PlatformAuditLog AS a
WHERE a.scope_type = @scope_type AND a.scope_id = @scope_id AND a.seq < @before_seq
  AND (@since IS NULL OR a.timestamp >= @since)
  AND (@until IS NULL OR a.timestamp < @until)
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_platform_audit_by_actor :page
-- As list_platform_audit, what one actor did.
-- param: scope_type text
-- param: scope_id text
-- param: actor_id text
-- param: action text?
-- param: since time?
-- param: until time?
-- param: before_seq int
-- param: page_size int
-- returns: AuditRow
-- scope: global the chain lies outside every workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.redacted, a.prev_hash, a.entry_hash
FROM PlatformAuditLog AS a
WHERE a.scope_type = @scope_type AND a.scope_id = @scope_id AND a.actor_id = @actor_id AND a.seq < @before_seq
  AND (@since IS NULL OR a.timestamp >= @since)
  AND (@until IS NULL OR a.timestamp < @until)
  AND (@action IS NULL OR a.action = @action)
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: list_platform_audit_by_action :page
-- As list_platform_audit, one action.
-- param: scope_type text
-- param: scope_id text
-- param: action text
-- param: since time?
-- param: until time?
-- param: before_seq int
-- param: page_size int
-- returns: AuditRow
-- scope: global the chain lies outside every workspace
SELECT a.id, a.seq, a.timestamp, a.action, a.actor_id, a.target_type, a.target_id, a.outcome,
       a.details, a.request_id, a.ip, a.auth_method, a.redacted, a.prev_hash, a.entry_hash
FROM PlatformAuditLog AS a
WHERE a.scope_type = @scope_type AND a.scope_id = @scope_id AND a.action = @action AND a.seq < @before_seq
  AND (@since IS NULL OR a.timestamp >= @since)
  AND (@until IS NULL OR a.timestamp < @until)
ORDER BY a.seq DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

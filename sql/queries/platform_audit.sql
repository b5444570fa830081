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
-- returns: PlatformHeadRow
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

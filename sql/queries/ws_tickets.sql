-- name: insert_ticket :queued
-- A new ticket, with what the tokens said that it was asked for with.
-- param: ticket_hash ascii
-- param: workspace_id uuid
-- param: user_id text
-- param: tid text
-- param: issuer_name text
-- param: jti uuid
-- param: org_id uuid?
-- param: session_version int
-- param: token_session_version int?
-- param: ends_at time
-- param: now time
-- param: expires_at time
-- scope: workspace
INSERT INTO OneTimeTicket (ticket_hash, workspace_id, user_id, tid, issuer_name, jti, org_id, session_version,
                           token_session_version, ends_at, created_at, expires_at)
VALUES (@ticket_hash, @workspace_id, @user_id, @tid, @issuer_name, @jti, @org_id, @session_version,
        @token_session_version, @ends_at, @now, @expires_at)

-- name: find_ticket :optional
-- One of this workspace's tickets that has not been used.
-- param: workspace_id uuid
-- param: ticket_hash ascii
-- returns: TicketRow
-- scope: workspace
SELECT t.user_id, t.tid, t.issuer_name, t.jti, t.org_id, t.session_version, t.token_session_version, t.ends_at,
       t.created_at, t.expires_at
FROM OneTimeTicket AS t
WHERE t.workspace_id = @workspace_id AND t.ticket_hash = @ticket_hash

-- name: delete_ticket :exec
-- Uses it up: of two at once, one changes the row.
-- param: workspace_id uuid
-- param: ticket_hash ascii
-- scope: workspace
DELETE FROM OneTimeTicket WHERE workspace_id = @workspace_id AND ticket_hash = @ticket_hash

-- name: insert_mail :queued
-- A mail that a job is to send. UQ_OutboundMail_subject refuses a second one of the same.
-- param: mail_id uuid
-- param: kind text
-- param: subject_key text
-- param: account_id text?
-- param: of_workspace uuid?
-- param: notification_id uuid?
-- param: invitation_id uuid?
-- param: after_key ascii?
-- param: until_key ascii?
-- param: key_id text?
-- param: sealed text?
-- param: now time
-- scope: global tenant: mail is written for who is in a workspace, and for who is to come
INSERT INTO OutboundMail (id, kind, subject_key, user_id, workspace_id, notification_id, invitation_id, after_key, until_key,
                          key_id, sealed, created_at)
VALUES (@mail_id, @kind, @subject_key, @account_id, @of_workspace, @notification_id, @invitation_id, @after_key, @until_key,
        @key_id, @sealed, @now)

-- name: read_mail :optional
-- What waits to be sent, in whose name, and of an invitation what it says.
-- param: mail_id uuid
-- param: now time
-- returns: MailRow
-- scope: global tenant: the outbox works for every workspace
SELECT o.id, o.kind, o.user_id, o.workspace_id, o.notification_id, o.after_key, o.until_key, o.key_id, o.sealed, o.created_at,
       o.invitation_id, i.email AS invited_email, i.expires_at, i.token_hash, COALESCE(w.name, g.name) AS place_name,
       a.display_name AS inviter_name, b.product_name, b.sender_name, b.sender_address,
       CASE WHEN i.state = N'PENDING' AND i.expires_at > @now AND COALESCE(w.is_active, 1) = 1 THEN 1 ELSE 0 END AS is_inviting
FROM OutboundMail AS o
LEFT JOIN Invitation AS i ON i.id = o.invitation_id
LEFT JOIN Workspace AS w ON w.id = COALESCE(o.workspace_id, i.workspace_id)
LEFT JOIN Organization AS g ON g.id = COALESCE(i.org_id, w.org_id)
LEFT JOIN OrganizationBranding AS b ON b.org_id = g.id
LEFT JOIN UserAccount AS a ON a.id = i.invited_by
WHERE o.id = @mail_id AND o.state = N'WAITING'

-- name: read_recipient :optional
-- To what address somebody gets mail, and how they want to be told, of one workspace.
-- param: account_id text
-- param: of_workspace uuid?
-- returns: RecipientRow
-- scope: global tenant: the person's own
SELECT u.status, u.email, p.channels, p.time_zone, CASE WHEN x.user_id IS NULL THEN 0 ELSE 1 END AS is_muted
FROM UserAccount AS u
LEFT JOIN NotificationPreference AS p ON p.user_id = u.id
LEFT JOIN NotificationMute AS x ON x.workspace_id = @of_workspace AND x.user_id = u.id
WHERE u.id = @account_id

-- name: end_mail :exec
-- Sent, or not to be sent: once. What was sealed in it goes.
-- param: mail_id uuid
-- param: state text
-- param: outcome text?
-- param: now time
-- scope: global tenant: the outbox works for every workspace
UPDATE OutboundMail SET state = @state, outcome = @outcome, ended_at = @now, sealed = NULL, key_id = NULL
WHERE id = @mail_id AND state = N'WAITING'

-- name: is_blocked :value
-- Whether an address gets no mail of a kind: nobody reads it there, as of so long ago, or whoever does wants none.
-- param: address_hash ascii
-- param: covers text
-- param: refused_after time
-- returns: bool
-- scope: global addresses are of nobody's workspace
SELECT CASE WHEN EXISTS (
    SELECT 1 FROM MailBlock AS k
    WHERE k.address_hash = @address_hash AND k.covers IN (N'everything', @covers)
      AND (k.reason <> N'refused' OR k.blocked_at > @refused_after)
) THEN 1 ELSE 0 END AS is_blocked

-- name: unblock_address :queued
-- It may be tried again.
-- param: address_hash ascii
-- param: covers text
-- scope: global addresses are of nobody's workspace
DELETE FROM MailBlock WHERE address_hash = @address_hash AND covers = @covers

-- name: block_address :queued
-- After unblock_address: it gets no mail of a kind any more.
-- param: address_hash ascii
-- param: covers text
-- param: reason text
-- param: now time
-- scope: global addresses are of nobody's workspace
INSERT INTO MailBlock (address_hash, covers, reason, blocked_at) VALUES (@address_hash, @covers, @reason, @now)

-- name: delete_old_refusals :exec
-- Of addresses that are tried again by now. Who wants no mail does not for good.
-- param: before time
-- param: batch int
-- scope: global addresses are of nobody's workspace
DELETE FROM MailBlock
WHERE reason = N'refused' AND blocked_at < @before AND address_hash IN (
    SELECT k.address_hash FROM MailBlock AS k WHERE k.reason = N'refused' AND k.blocked_at < @before
    ORDER BY k.blocked_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: drop_mail_of_member :exec
-- What waits to be sent to somebody of a workspace that they leave, and what was sent: a batch.
-- param: workspace_id uuid
-- param: account_id text
-- param: batch int
-- scope: workspace
DELETE FROM OutboundMail
WHERE workspace_id = @workspace_id AND user_id = @account_id AND id IN (
    SELECT o.id FROM OutboundMail AS o WHERE o.workspace_id = @workspace_id AND o.user_id = @account_id
    ORDER BY o.workspace_id OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_mail_of_account :exec
-- An erased person's, a batch.
-- param: account_id text
-- param: batch int
-- scope: global tenant: somebody is erased in every workspace at once
DELETE FROM OutboundMail
WHERE user_id = @account_id AND id IN (
    SELECT o.id FROM OutboundMail AS o WHERE o.user_id = @account_id
    ORDER BY o.workspace_id OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

-- name: delete_old_mail :exec
-- What was sent, or was not, longer ago than it is kept.
-- param: before time
-- param: batch int
-- scope: global tenant: housekeeping works for every workspace
DELETE FROM OutboundMail
WHERE ended_at < @before AND id IN (
    SELECT o.id FROM OutboundMail AS o WHERE o.ended_at < @before
    ORDER BY o.ended_at OFFSET 0 ROWS FETCH NEXT @batch ROWS ONLY
)

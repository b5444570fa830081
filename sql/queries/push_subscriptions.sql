-- name: forget_endpoint :queued
-- A browser's address is one person's: whoever had it before has it no more.
-- param: endpoint_hash ascii
-- scope: global a browser is of whoever signs in there
DELETE FROM PushSubscription WHERE endpoint_hash = @endpoint_hash

-- name: insert_subscription :queued
-- A browser that the caller is told in from now on. UQ_PushSubscription_endpoint lets it be one person's.
-- param: subscription_id uuid
-- param: user_id text
-- param: browser_session_id uuid?
-- param: endpoint text
-- param: endpoint_hash ascii
-- param: p256dh ascii
-- param: auth ascii
-- param: pushed_key ascii
-- param: now time
-- param: list_key ascii
-- scope: caller
INSERT INTO PushSubscription (id, user_id, browser_session_id, endpoint, endpoint_hash, p256dh, auth, pushed_key, created_at,
                              list_key)
VALUES (@subscription_id, @user_id, @browser_session_id, @endpoint, @endpoint_hash, @p256dh, @auth, @pushed_key, @now, @list_key)

-- name: list_subscriptions :many
-- The caller's, the newest first, before the cursor.
-- param: user_id text
-- param: before_key ascii
-- param: page_size int
-- returns: SubscriptionRow
-- scope: caller
SELECT s.id, s.endpoint, s.created_at
FROM PushSubscription AS s
WHERE s.user_id = @user_id AND s.list_key < @before_key
ORDER BY s.list_key DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: delete_subscription :exec
-- One of the caller's.
-- param: user_id text
-- param: subscription_id uuid
-- scope: caller
DELETE FROM PushSubscription WHERE user_id = @user_id AND id = @subscription_id

-- name: delete_subscriptions_beyond :queued
-- Those of the caller that are older than the newest few.
-- param: user_id text
-- param: most int
-- scope: caller
DELETE FROM PushSubscription
WHERE user_id = @user_id AND list_key NOT IN (
    SELECT s.list_key FROM PushSubscription AS s WHERE s.user_id = @user_id
    ORDER BY s.list_key DESC OFFSET 0 ROWS FETCH NEXT @most ROWS ONLY
)

-- name: read_subscription :optional
-- What is told in a browser, to whom, and what they want; nothing of one whose session has run out.
-- param: subscription_id uuid
-- param: now time
-- returns: PushedRow
-- scope: global the outbox works for everybody
SELECT s.id, s.user_id AS account_id, s.endpoint, s.p256dh, s.auth, s.pushed_key, s.pushed_since, u.status, p.channels
FROM PushSubscription AS s
JOIN UserAccount AS u ON u.id = s.user_id
LEFT JOIN NotificationPreference AS p ON p.user_id = s.user_id
LEFT JOIN BrowserSession AS b ON b.id = s.browser_session_id
WHERE s.id = @subscription_id AND (s.browser_session_id IS NULL OR b.expires_at > @now)

-- name: advance_subscription :queued
-- It was told of all up to pushed_key, and after that of pushed_since, a JSON array of keys.
-- param: subscription_id uuid
-- param: pushed_key ascii
-- param: pushed_since longtext
-- scope: global the outbox works for everybody
UPDATE PushSubscription SET pushed_key = @pushed_key, pushed_since = @pushed_since
WHERE id = @subscription_id AND pushed_key <= @pushed_key

-- name: end_subscription :queued
-- There is no such browser any more.
-- param: subscription_id uuid
-- scope: global the outbox works for everybody
DELETE FROM PushSubscription WHERE id = @subscription_id

-- name: list_subscriptions_of_people :many
-- The browsers of the people of a JSON array.
-- param: people longtext
-- returns: SubscriptionIdRow
-- scope: global browsers are people's, wherever they are
-- dialect: mssql
SELECT s.id
FROM OPENJSON(@people) WITH (account_id NVARCHAR(200) '$') AS j
JOIN PushSubscription AS s ON s.user_id = j.account_id COLLATE Latin1_General_100_BIN2
-- dialect: sqlite
SELECT s.id
FROM json_each(@people) AS j
CROSS JOIN PushSubscription AS s
WHERE s.user_id = j.value

-- name: hand_subscriptions_on :queued
-- What the caller subscribed in a browser goes on where they sign in there anew, by the cookie that it had.
-- param: user_id text
-- param: token_hash ascii
-- param: session_id uuid
-- scope: caller
UPDATE PushSubscription SET browser_session_id = @session_id
WHERE user_id = @user_id AND browser_session_id IN (
    SELECT b.id FROM BrowserSession AS b WHERE b.token_hash = @token_hash AND b.user_id = @user_id
)

-- name: delete_subscriptions_of_account :queued
-- All of a person whose sessions end.
-- param: account_id text
-- scope: global the person's own
DELETE FROM PushSubscription WHERE user_id = @account_id

-- name: get_connection :optional
-- A workspace's own credential for a provider; the secret is sealed.
-- param: workspace_id uuid
-- param: provider text
-- returns: ConnectionRow
-- scope: workspace
SELECT c.workspace_id, c.provider, c.base_url, c.account, c.secret, c.key_id, c.updated_at, c.updated_by, c.version
FROM IntegrationConnection AS c
WHERE c.workspace_id = @workspace_id AND c.provider = @provider

-- name: list_connections :many
-- Those of a workspace: one of each provider at most.
-- param: workspace_id uuid
-- returns: ConnectionRow
-- scope: workspace
SELECT c.workspace_id, c.provider, c.base_url, c.account, c.secret, c.key_id, c.updated_at, c.updated_by, c.version
FROM IntegrationConnection AS c
WHERE c.workspace_id = @workspace_id
ORDER BY c.provider

-- name: insert_connection :queued
-- A first credential. PK_IntegrationConnection refuses a second.
-- param: workspace_id uuid
-- param: provider text
-- param: base_url text
-- param: account text?
-- param: secret ascii
-- param: key_id text
-- param: updated_by text
-- param: now time
-- scope: workspace
INSERT INTO IntegrationConnection (workspace_id, provider, base_url, account, secret, key_id, updated_at, updated_by)
VALUES (@workspace_id, @provider, @base_url, @account, @secret, @key_id, @now, @updated_by)

-- name: update_connection :queued
-- Another credential in the place of the one there is.
-- param: workspace_id uuid
-- param: provider text
-- param: base_url text
-- param: account text?
-- param: secret ascii
-- param: key_id text
-- param: updated_by text
-- param: now time
-- scope: workspace
UPDATE IntegrationConnection
SET base_url = @base_url, account = @account, secret = @secret, key_id = @key_id, updated_at = @now,
    updated_by = @updated_by, version = version + 1
WHERE workspace_id = @workspace_id AND provider = @provider

-- name: delete_connection :queued
-- Ends it: from now on the installation's credential counts again.
-- param: workspace_id uuid
-- param: provider text
-- scope: workspace
DELETE FROM IntegrationConnection WHERE workspace_id = @workspace_id AND provider = @provider

-- name: list_connections_under_other_keys :many
-- What is still sealed with an older key, for rotating.
-- param: key_id text
-- param: page_size int
-- returns: ConnectionRow
-- scope: global tenant: rotation goes through every workspace's secrets; an operator runs it
-- plan: run by hand, rarely; whatever is under the newest key is passed over by index
SELECT c.workspace_id, c.provider, c.base_url, c.account, c.secret, c.key_id, c.updated_at, c.updated_by, c.version
FROM IntegrationConnection AS c
WHERE c.key_id <> @key_id
ORDER BY c.workspace_id, c.provider
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: reseal_connection :exec
-- The same secret under another key, unless somebody has changed it meanwhile.
-- param: workspace_id uuid
-- param: provider text
-- param: secret ascii
-- param: key_id text
-- param: version int
-- scope: workspace
UPDATE IntegrationConnection SET secret = @secret, key_id = @key_id
WHERE workspace_id = @workspace_id AND provider = @provider AND version = @version

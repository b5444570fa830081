-- name: insert_template :queued
-- A new template, with nothing published. UQ_WorkflowTemplate_name refuses a second of its name.
-- param: template_id uuid
-- param: workspace_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: description longtext?
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO WorkflowTemplate (id, workspace_id, name, name_key, list_key, description, created_by, created_at, updated_at)
VALUES (@template_id, @workspace_id, @name, @name_key, @list_key, @description, @created_by, @now, @now)

-- name: get_template :optional
-- One template by its id.
-- param: workspace_id uuid
-- param: template_id uuid
-- returns: TemplateRow
-- scope: workspace
SELECT t.id, t.workspace_id, t.name, t.description, t.latest_version, d.template_version AS draft_version, t.created_by,
       t.created_at, t.updated_at, t.version
FROM WorkflowTemplate AS t
LEFT JOIN WorkflowTemplateVersion AS d ON d.workspace_id = @workspace_id AND d.template_id = t.id AND d.status = N'DRAFT'
WHERE t.workspace_id = @workspace_id AND t.id = @template_id

-- name: list_templates :page
-- The templates, by name, after the cursor.
-- param: workspace_id uuid
-- param: after_key text
-- param: page_size int
-- returns: TemplateRow
-- scope: workspace
SELECT t.id, t.workspace_id, t.name, t.description, t.latest_version, d.template_version AS draft_version, t.created_by,
       t.created_at, t.updated_at, t.version
FROM WorkflowTemplate AS t
LEFT JOIN WorkflowTemplateVersion AS d ON d.workspace_id = @workspace_id AND d.template_id = t.id AND d.status = N'DRAFT'
WHERE t.workspace_id = @workspace_id AND t.list_key > @after_key
ORDER BY t.list_key
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: update_template :queued
-- What a template is called. UQ_WorkflowTemplate_name refuses another's name.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: name text
-- param: name_key text
-- param: list_key text
-- param: description longtext?
-- param: now time
-- scope: workspace
UPDATE WorkflowTemplate
SET name = @name, name_key = @name_key, list_key = @list_key, description = @description, updated_at = @now,
    version = version + 1
WHERE workspace_id = @workspace_id AND id = @template_id

-- name: touch_template :queued
-- Its draft is another, or something else is published; latest_version is the newest that is published and not retired.
-- Right only while the caller holds lock_workspace.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: now time
-- scope: workspace
UPDATE WorkflowTemplate
SET latest_version = (SELECT MAX(v.template_version)
                      FROM WorkflowTemplateVersion AS v
                      WHERE v.workspace_id = @workspace_id AND v.template_id = @template_id AND v.status = N'PUBLISHED'),
    updated_at = @now, version = version + 1
WHERE workspace_id = @workspace_id AND id = @template_id

-- name: delete_draft :queued
-- Before its template, which then has no version.
-- param: workspace_id uuid
-- param: template_id uuid
-- scope: workspace
DELETE FROM WorkflowTemplateVersion
WHERE workspace_id = @workspace_id AND template_id = @template_id AND status = N'DRAFT'

-- name: delete_template :exec
-- FK_WorkflowTemplateVersion_WorkflowTemplate refuses one of which something was published.
-- param: workspace_id uuid
-- param: template_id uuid
-- scope: workspace
DELETE FROM WorkflowTemplate WHERE workspace_id = @workspace_id AND id = @template_id

-- name: insert_draft :queued
-- A draft under the next number of its template. Right only while the caller holds lock_workspace.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: template_version int
-- param: graph longtext
-- param: graph_hash ascii
-- param: created_by text
-- param: now time
-- scope: workspace
INSERT INTO WorkflowTemplateVersion (workspace_id, template_id, template_version, status, graph, graph_hash, created_by, created_at)
VALUES (@workspace_id, @template_id, @template_version, N'DRAFT', @graph, @graph_hash, @created_by, @now)

-- name: update_draft :queued
-- Writes over the draft.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: graph longtext
-- param: graph_hash ascii
-- param: created_by text
-- param: now time
-- scope: workspace
UPDATE WorkflowTemplateVersion
SET graph = @graph, graph_hash = @graph_hash, created_by = @created_by, created_at = @now
WHERE workspace_id = @workspace_id AND template_id = @template_id AND status = N'DRAFT'

-- name: get_version :optional
-- One version of a template with its graph.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: template_version int
-- returns: VersionGraphRow
-- scope: workspace
SELECT v.template_id, v.template_version, v.status, v.graph_hash, v.created_by, v.created_at, v.published_by, v.published_at,
       v.graph
FROM WorkflowTemplateVersion AS v
WHERE v.workspace_id = @workspace_id AND v.template_id = @template_id AND v.template_version = @template_version

-- name: read_newest_version :optional
-- The number of a template's newest version, whatever became of it.
-- param: workspace_id uuid
-- param: template_id uuid
-- returns: NewestVersionRow
-- scope: workspace
SELECT v.template_version
FROM WorkflowTemplateVersion AS v
WHERE v.workspace_id = @workspace_id AND v.template_id = @template_id
ORDER BY v.template_version DESC
OFFSET 0 ROWS FETCH NEXT 1 ROWS ONLY

-- name: list_versions :many
-- The versions of a template without their graphs, the newest first, before the cursor.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: before_version int
-- param: page_size int
-- returns: VersionRow
-- scope: workspace
SELECT v.template_id, v.template_version, v.status, v.graph_hash, v.created_by, v.created_at, v.published_by, v.published_at
FROM WorkflowTemplateVersion AS v
WHERE v.workspace_id = @workspace_id AND v.template_id = @template_id AND v.template_version < @before_version
ORDER BY v.template_version DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY

-- name: publish_draft :queued
-- After its nodes and edges. From now on it changes no more.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: published_by text
-- param: now time
-- scope: workspace
UPDATE WorkflowTemplateVersion
SET status = N'PUBLISHED', published_by = @published_by, published_at = @now
WHERE workspace_id = @workspace_id AND template_id = @template_id AND status = N'DRAFT'

-- name: retire_version :queued
-- No instance is made from it any more.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: template_version int
-- scope: workspace
UPDATE WorkflowTemplateVersion
SET status = N'RETIRED'
WHERE workspace_id = @workspace_id AND template_id = @template_id AND template_version = @template_version
  AND status = N'PUBLISHED'

-- name: insert_nodes :queued
-- All nodes of a draft that is published, from one JSON array.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: template_version int
-- param: nodes longtext
-- scope: workspace
-- dialect: mssql
INSERT INTO WorkflowNode (workspace_id, template_id, template_version, ordinal, node_id, title, description, task_type_id,
                          assignee_id, assignee_user_type_id, due_offset_seconds, trigger_rule, indegree)
SELECT @workspace_id, @template_id, @template_version, j.ordinal, j.node_id, j.title, j.description, j.task_type_id,
       j.assignee_id, j.assignee_user_type_id, j.due_offset_seconds, j.trigger_rule, j.indegree
FROM OPENJSON(@nodes) WITH (ordinal INT '$.ordinal', node_id NVARCHAR(64) '$.node_id', title NVARCHAR(300) '$.title',
                            description NVARCHAR(MAX) '$.description', task_type_id UNIQUEIDENTIFIER '$.task_type_id',
                            assignee_id NVARCHAR(200) '$.assignee_id',
                            assignee_user_type_id UNIQUEIDENTIFIER '$.assignee_user_type_id',
                            due_offset_seconds INT '$.due_offset_seconds', trigger_rule NVARCHAR(20) '$.trigger_rule',
                            indegree INT '$.indegree') AS j
-- dialect: sqlite
INSERT INTO WorkflowNode (workspace_id, template_id, template_version, ordinal, node_id, title, description, task_type_id,
                          assignee_id, assignee_user_type_id, due_offset_seconds, trigger_rule, indegree)
SELECT @workspace_id, @template_id, @template_version, j.value ->> '$.ordinal', j.value ->> '$.node_id', j.value ->> '$.title',
       j.value ->> '$.description', j.value ->> '$.task_type_id', j.value ->> '$.assignee_id',
       j.value ->> '$.assignee_user_type_id', j.value ->> '$.due_offset_seconds', j.value ->> '$.trigger_rule',
       j.value ->> '$.indegree'
FROM json_each(@nodes) AS j

-- name: insert_edges :queued
-- All edges of a draft that is published, from one JSON array of pairs of ordinals.
-- param: workspace_id uuid
-- param: template_id uuid
-- param: template_version int
-- param: edges longtext
-- scope: workspace
-- dialect: mssql
INSERT INTO WorkflowEdge (workspace_id, template_id, template_version, from_ordinal, to_ordinal)
SELECT @workspace_id, @template_id, @template_version, j.from_ordinal, j.to_ordinal
FROM OPENJSON(@edges) WITH (from_ordinal INT '$[0]', to_ordinal INT '$[1]') AS j
-- dialect: sqlite
INSERT INTO WorkflowEdge (workspace_id, template_id, template_version, from_ordinal, to_ordinal)
SELECT @workspace_id, @template_id, @template_version, j.value ->> '$[0]', j.value ->> '$[1]'
FROM json_each(@edges) AS j

-- name: list_supplies :many
-- What the workspace has of each of what the nodes of a graph ask for: a JSON array of triples of a type of tasks, a person
-- and a type of people, any of them null, by its place in it. is_open: the type of tasks is not restricted, or people of
-- some type may take one up that has not been begun. is_able: so may the person, or people of the type.
-- param: workspace_id uuid
-- param: asked longtext
-- returns: SupplyRow
-- scope: workspace
-- rule: also j.assignee_id, it is asked whether they may take such a task up
-- dialect: mssql
SELECT j.place, CASE WHEN k.id IS NOT NULL THEN 1 ELSE 0 END AS has_task_type,
       CASE WHEN k.is_restricted = 0
              OR EXISTS (SELECT 1 FROM UserType AS w
                         WHERE w.workspace_id = @workspace_id AND w.read_only = 0
                           AND (w.access_level = N'admin'
                                OR EXISTS (SELECT 1 FROM EligibilityMapping AS e
                                           WHERE e.workspace_id = @workspace_id AND e.user_type_id = w.id AND e.task_type_id = k.id))
                           AND EXISTS (SELECT 1 FROM UserTypePermission AS wv
                                       WHERE wv.workspace_id = @workspace_id AND wv.user_type_id = w.id AND wv.permission = N'view')
                           AND EXISTS (SELECT 1 FROM UserTypePermission AS wt
                                       WHERE wt.workspace_id = @workspace_id AND wt.user_type_id = w.id AND wt.permission = N'take')
                           AND NOT EXISTS (SELECT 1 FROM UserTypeHiddenState AS wh
                                           WHERE wh.workspace_id = @workspace_id AND wh.user_type_id = w.id AND wh.state = N'TODO'))
            THEN 1 ELSE 0 END AS is_open,
       CASE WHEN m.user_id IS NOT NULL THEN 1 ELSE 0 END AS has_user,
       CASE WHEN u.id IS NOT NULL THEN 1 ELSE 0 END AS has_user_type,
       CASE WHEN EXISTS (SELECT 1 FROM TaskRight AS a
                         WHERE a.workspace_id = @workspace_id AND a.user_id = j.assignee_id AND a.permission = N'take'
                           AND a.task_type_id = k.id AND a.state = N'TODO')
              OR (u.read_only = 0
                  AND (k.is_restricted = 0 OR u.access_level = N'admin'
                       OR EXISTS (SELECT 1 FROM EligibilityMapping AS e
                                  WHERE e.workspace_id = @workspace_id AND e.user_type_id = u.id AND e.task_type_id = k.id))
                  AND EXISTS (SELECT 1 FROM UserTypePermission AS uv
                              WHERE uv.workspace_id = @workspace_id AND uv.user_type_id = u.id AND uv.permission = N'view')
                  AND EXISTS (SELECT 1 FROM UserTypePermission AS ut
                              WHERE ut.workspace_id = @workspace_id AND ut.user_type_id = u.id AND ut.permission = N'take')
                  AND NOT EXISTS (SELECT 1 FROM UserTypeHiddenState AS uh
                                  WHERE uh.workspace_id = @workspace_id AND uh.user_type_id = u.id AND uh.state = N'TODO'))
            THEN 1 ELSE 0 END AS is_able
FROM (SELECT v.place AS place, v.task_type_id AS task_type_id, v.assignee_id COLLATE Latin1_General_100_BIN2 AS assignee_id,
             v.user_type_id AS user_type_id
      FROM OPENJSON(@asked) WITH (place INT '$[0]', task_type_id UNIQUEIDENTIFIER '$[1]', assignee_id NVARCHAR(200) '$[2]',
                                  user_type_id UNIQUEIDENTIFIER '$[3]') AS v) AS j
LEFT JOIN TaskType AS k ON k.workspace_id = @workspace_id AND k.id = j.task_type_id
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = j.assignee_id
LEFT JOIN UserType AS u ON u.workspace_id = @workspace_id AND u.id = j.user_type_id
-- dialect: sqlite
SELECT j.place, CASE WHEN k.id IS NOT NULL THEN 1 ELSE 0 END AS has_task_type,
       CASE WHEN k.is_restricted = 0
              OR EXISTS (SELECT 1 FROM UserType AS w
                         WHERE w.workspace_id = @workspace_id AND w.read_only = 0
                           AND (w.access_level = 'admin'
                                OR EXISTS (SELECT 1 FROM EligibilityMapping AS e
                                           WHERE e.workspace_id = @workspace_id AND e.user_type_id = w.id AND e.task_type_id = k.id))
                           AND EXISTS (SELECT 1 FROM UserTypePermission AS wv
                                       WHERE wv.workspace_id = @workspace_id AND wv.user_type_id = w.id AND wv.permission = 'view')
                           AND EXISTS (SELECT 1 FROM UserTypePermission AS wt
                                       WHERE wt.workspace_id = @workspace_id AND wt.user_type_id = w.id AND wt.permission = 'take')
                           AND NOT EXISTS (SELECT 1 FROM UserTypeHiddenState AS wh
                                           WHERE wh.workspace_id = @workspace_id AND wh.user_type_id = w.id AND wh.state = 'TODO'))
            THEN 1 ELSE 0 END AS is_open,
       CASE WHEN m.user_id IS NOT NULL THEN 1 ELSE 0 END AS has_user,
       CASE WHEN u.id IS NOT NULL THEN 1 ELSE 0 END AS has_user_type,
       CASE WHEN EXISTS (SELECT 1 FROM TaskRight AS a
                         WHERE a.workspace_id = @workspace_id AND a.user_id = j.assignee_id AND a.permission = 'take'
                           AND a.task_type_id = k.id AND a.state = 'TODO')
              OR (u.read_only = 0
                  AND (k.is_restricted = 0 OR u.access_level = 'admin'
                       OR EXISTS (SELECT 1 FROM EligibilityMapping AS e
                                  WHERE e.workspace_id = @workspace_id AND e.user_type_id = u.id AND e.task_type_id = k.id))
                  AND EXISTS (SELECT 1 FROM UserTypePermission AS uv
                              WHERE uv.workspace_id = @workspace_id AND uv.user_type_id = u.id AND uv.permission = 'view')
                  AND EXISTS (SELECT 1 FROM UserTypePermission AS ut
                              WHERE ut.workspace_id = @workspace_id AND ut.user_type_id = u.id AND ut.permission = 'take')
                  AND NOT EXISTS (SELECT 1 FROM UserTypeHiddenState AS uh
                                  WHERE uh.workspace_id = @workspace_id AND uh.user_type_id = u.id AND uh.state = 'TODO'))
            THEN 1 ELSE 0 END AS is_able
FROM (SELECT v.value ->> '$[0]' AS place, v.value ->> '$[1]' AS task_type_id, v.value ->> '$[2]' AS assignee_id,
             v.value ->> '$[3]' AS user_type_id
      FROM json_each(@asked) AS v) AS j
LEFT JOIN TaskType AS k ON k.workspace_id = @workspace_id AND k.id = j.task_type_id
LEFT JOIN WorkspaceMember AS m ON m.workspace_id = @workspace_id AND m.user_id = j.assignee_id
LEFT JOIN UserType AS u ON u.workspace_id = @workspace_id AND u.id = j.user_type_id

-- name: insert_search_document :queued
-- Something that can be found from now on, unless it is known.
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- param: project_id uuid
-- scope: workspace
INSERT INTO SearchDocument (workspace_id, kind, target_id, project_id)
SELECT @workspace_id, @kind, @target_id, @project_id
WHERE NOT EXISTS (SELECT 1 FROM SearchDocument AS k
                  WHERE k.workspace_id = @workspace_id AND k.kind = @kind AND k.target_id = @target_id)

-- name: insert_search_terms :queued
-- The words of a document, but for those that it is found by already. terms: a JSON array.
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- param: terms longtext
-- scope: workspace
-- dialect: mssql
-- The rows of a JSON array, whose text is compared as the terms are: by code unit.
INSERT INTO SearchTerm (workspace_id, term, kind, doc_no, project_id)
SELECT @workspace_id, w.term, d.kind, d.doc_no, d.project_id
FROM SearchDocument AS d
CROSS JOIN (SELECT j.term COLLATE Latin1_General_100_BIN2 AS term FROM OPENJSON(@terms) WITH (term NVARCHAR(64) '$') AS j) AS w
WHERE d.workspace_id = @workspace_id AND d.kind = @kind AND d.target_id = @target_id
  AND NOT EXISTS (SELECT 1 FROM SearchTerm AS k
                  WHERE k.workspace_id = @workspace_id AND k.term = w.term AND k.kind = d.kind AND k.doc_no = d.doc_no)
-- dialect: sqlite
INSERT INTO SearchTerm (workspace_id, term, kind, doc_no, project_id)
SELECT @workspace_id, j.value, d.kind, d.doc_no, d.project_id
FROM SearchDocument AS d
CROSS JOIN json_each(@terms) AS j
WHERE d.workspace_id = @workspace_id AND d.kind = @kind AND d.target_id = @target_id
  AND NOT EXISTS (SELECT 1 FROM SearchTerm AS k
                  WHERE k.workspace_id = @workspace_id AND k.term = j.value AND k.kind = d.kind AND k.doc_no = d.doc_no)

-- name: insert_search_documents :queued
-- As insert_search_document, for many new ones (a JSON array of ids).
-- param: workspace_id uuid
-- param: kind text
-- param: project_id uuid
-- param: ids longtext
-- scope: workspace
INSERT INTO SearchDocument (workspace_id, kind, target_id, project_id)
SELECT @workspace_id, @kind, CAST(j.value AS UNIQUEIDENTIFIER), @project_id
FROM OPENJSON(@ids) AS j

-- name: insert_terms_of_documents :queued
-- The words of many new documents. documents: a JSON array of objects: id, and terms, an array.
-- param: workspace_id uuid
-- param: kind text
-- param: documents longtext
-- scope: workspace
-- dialect: mssql
INSERT INTO SearchTerm (workspace_id, term, kind, doc_no, project_id)
SELECT @workspace_id, w.term COLLATE Latin1_General_100_BIN2, d.kind, d.doc_no, d.project_id
FROM OPENJSON(@documents) WITH (id UNIQUEIDENTIFIER '$.id', terms NVARCHAR(MAX) '$.terms' AS JSON) AS j
CROSS APPLY OPENJSON(j.terms) WITH (term NVARCHAR(64) '$') AS w
JOIN SearchDocument AS d ON d.workspace_id = @workspace_id AND d.kind = @kind AND d.target_id = j.id
-- dialect: sqlite
INSERT INTO SearchTerm (workspace_id, term, kind, doc_no, project_id)
SELECT @workspace_id, w.value, d.kind, d.doc_no, d.project_id
FROM json_each(@documents) AS j
CROSS JOIN SearchDocument AS d
CROSS JOIN json_each(j.value, '$.terms') AS w
WHERE d.workspace_id = @workspace_id AND d.kind = @kind AND d.target_id = j.value ->> '$.id'

-- name: delete_search_terms :queued
-- Words that a document is found by no more.
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- param: terms longtext
-- scope: workspace
-- dialect: mssql
DELETE FROM SearchTerm
WHERE workspace_id = @workspace_id AND kind = @kind
  AND term IN (SELECT j.term COLLATE Latin1_General_100_BIN2 FROM OPENJSON(@terms) WITH (term NVARCHAR(64) '$') AS j)
  AND doc_no = (SELECT d.doc_no FROM SearchDocument AS d
                WHERE d.workspace_id = @workspace_id AND d.kind = @kind AND d.target_id = @target_id)
-- dialect: sqlite
DELETE FROM SearchTerm
WHERE workspace_id = @workspace_id AND kind = @kind
  AND term IN (SELECT j.value FROM json_each(@terms) AS j)
  AND doc_no = (SELECT d.doc_no FROM SearchDocument AS d
                WHERE d.workspace_id = @workspace_id AND d.kind = @kind AND d.target_id = @target_id)

-- name: delete_search_document :queued
-- It is found no more; its words have gone before.
-- param: workspace_id uuid
-- param: kind text
-- param: target_id uuid
-- scope: workspace
DELETE FROM SearchDocument WHERE workspace_id = @workspace_id AND kind = @kind AND target_id = @target_id

-- name: list_words :many
-- The first words of the workspace, in their order, that begin with something: those from first_word on, before end_word.
-- It leaps from word to word, however many documents each stands in.
-- param: workspace_id uuid
-- param: first_word text
-- param: end_word text
-- param: words int
-- returns: WordRow
-- scope: workspace
-- dialect: mssql
-- A recursive part has no aggregate and no TOP there; ROW_NUMBER does as well.
WITH word AS (
    SELECT MIN(s.term) AS term, 1 AS place
    FROM SearchTerm AS s
    WHERE s.workspace_id = @workspace_id AND s.term >= @first_word AND s.term < @end_word
    UNION ALL
    SELECT n.term, n.place
    FROM (SELECT x.term, w.place + 1 AS place, ROW_NUMBER() OVER (ORDER BY x.term) AS nearest
          FROM word AS w
          JOIN SearchTerm AS x ON x.workspace_id = @workspace_id AND x.term > w.term
          WHERE w.place < @words AND x.term < @end_word) AS n
    WHERE n.nearest = 1
)
SELECT w.term FROM word AS w WHERE w.term IS NOT NULL
-- dialect: sqlite
WITH RECURSIVE word (term, place) AS (
    SELECT MIN(s.term), 1
    FROM SearchTerm AS s
    WHERE s.workspace_id = @workspace_id AND s.term >= @first_word AND s.term < @end_word
    UNION ALL
    SELECT (SELECT MIN(x.term) FROM SearchTerm AS x
            WHERE x.workspace_id = @workspace_id AND x.term > w.term AND x.term < @end_word), w.place + 1
    FROM word AS w
    WHERE w.place < @words AND w.term IS NOT NULL
)
SELECT w.term FROM word AS w WHERE w.term IS NOT NULL

-- name: read_search_floors :many
-- Of each kind of document and each word: how many documents of the newest budget there are before before_no, and which is
-- the last of them. kinds and words: JSON arrays.
-- param: workspace_id uuid
-- param: kinds longtext
-- param: words longtext
-- param: before_no int
-- param: budget int
-- returns: SearchFloorRow
-- scope: workspace
-- plan: budget postings a word and kind, and each is one range of the index
-- dialect: mssql
SELECT n.kind, n.term, c.looked_at, c.floor_no
FROM (SELECT k.kind COLLATE Latin1_General_100_BIN2 AS kind, w.term COLLATE Latin1_General_100_BIN2 AS term
      FROM OPENJSON(@kinds) WITH (kind NVARCHAR(10) '$') AS k
      CROSS JOIN OPENJSON(@words) WITH (term NVARCHAR(64) '$') AS w) AS n
CROSS APPLY (
    SELECT COUNT(*) AS looked_at, COALESCE(MIN(p.doc_no), 0) AS floor_no
    FROM (SELECT TOP (@budget) s.doc_no FROM SearchTerm AS s
          WHERE s.workspace_id = @workspace_id AND s.term = n.term AND s.kind = n.kind AND s.doc_no < @before_no
          ORDER BY s.doc_no DESC) AS p
) AS c
-- dialect: sqlite
SELECT k.value AS kind, w.value AS term,
       (SELECT COUNT(*) FROM (
            SELECT s.doc_no FROM SearchTerm AS s
            WHERE s.workspace_id = @workspace_id AND s.term = w.value AND s.kind = k.value AND s.doc_no < @before_no
            ORDER BY s.doc_no DESC LIMIT @budget) AS p) AS looked_at,
       COALESCE((SELECT MIN(q.doc_no) FROM (
            SELECT s.doc_no FROM SearchTerm AS s
            WHERE s.workspace_id = @workspace_id AND s.term = w.value AND s.kind = k.value AND s.doc_no < @before_no
            ORDER BY s.doc_no DESC LIMIT @budget) AS q), 0) AS floor_no
FROM json_each(@kinds) AS k
CROSS JOIN json_each(@words) AS w

-- name: search_tasks :many
-- Tasks in which all words stand, the newest first, from the floor to before before_no, that the caller may see. lead: the
-- words of which one is to stand there and that are walked along; others: an array of such arrays, each of which has one
-- that does.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid?
-- param: lead longtext
-- param: others longtext
-- param: before_no int
-- param: floor_no int
-- param: page_size int
-- returns: FoundTaskRow
-- scope: workspace
-- plan: sorts what it looks at, which the floor bounds
-- dialect: mssql
WITH hit AS (
    SELECT DISTINCT s.doc_no
    FROM OPENJSON(@lead) WITH (term NVARCHAR(64) '$') AS w
    CROSS JOIN SearchTerm AS s
    WHERE s.workspace_id = @workspace_id AND s.term = w.term COLLATE Latin1_General_100_BIN2
      AND s.kind = N'task' AND s.doc_no < @before_no AND s.doc_no >= @floor_no AND (@project_id IS NULL OR s.project_id = @project_id)
      AND NOT EXISTS (
          SELECT 1 FROM OPENJSON(@others) WITH (words NVARCHAR(MAX) '$' AS JSON) AS o
          WHERE NOT EXISTS (
              SELECT 1 FROM OPENJSON(o.words) WITH (term NVARCHAR(64) '$') AS i
              CROSS JOIN SearchTerm AS x
              WHERE x.workspace_id = @workspace_id AND x.term = i.term COLLATE Latin1_General_100_BIN2
                AND x.kind = N'task' AND x.doc_no = s.doc_no))
)
SELECT d.doc_no, t.id, t.project_id, p.project_key, t.number, t.title, t.state, t.updated_at AS moment
FROM hit AS h
JOIN SearchDocument AS d ON d.workspace_id = @workspace_id AND d.doc_no = h.doc_no
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = d.target_id AND t.deleted_at IS NULL
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY d.doc_no DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
-- dialect: sqlite
-- CROSS JOIN keeps the order of the tables: what was found leads.
WITH hit AS MATERIALIZED (
    SELECT DISTINCT s.doc_no
    FROM json_each(@lead) AS w
    CROSS JOIN SearchTerm AS s
    WHERE s.workspace_id = @workspace_id AND s.term = w.value
      AND s.kind = 'task' AND s.doc_no < @before_no AND s.doc_no >= @floor_no AND (@project_id IS NULL OR s.project_id = @project_id)
      AND NOT EXISTS (
          SELECT 1 FROM json_each(@others) AS o
          WHERE NOT EXISTS (
              SELECT 1 FROM json_each(o.value) AS i
              CROSS JOIN SearchTerm AS x
              WHERE x.workspace_id = @workspace_id AND x.term = i.value
                AND x.kind = 'task' AND x.doc_no = s.doc_no))
)
SELECT d.doc_no, t.id, t.project_id, p.project_key, t.number, t.title, t.state, t.updated_at AS moment
FROM hit AS h
CROSS JOIN SearchDocument AS d
CROSS JOIN Task AS t
CROSS JOIN Project AS p
WHERE d.workspace_id = @workspace_id AND d.doc_no = h.doc_no
  AND t.workspace_id = @workspace_id AND t.id = d.target_id AND t.deleted_at IS NULL
  AND p.workspace_id = @workspace_id AND p.id = t.project_id
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY d.doc_no DESC
LIMIT @page_size

-- name: search_comments :page
-- As search_tasks, comments of tasks that the caller may see.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid?
-- param: lead longtext
-- param: others longtext
-- param: before_no int
-- param: floor_no int
-- param: page_size int
-- returns: FoundCommentRow
-- scope: workspace
-- plan: sorts what it looks at, which the floor bounds
-- dialect: mssql
WITH hit AS (
    SELECT DISTINCT s.doc_no
    FROM OPENJSON(@lead) WITH (term NVARCHAR(64) '$') AS w
    CROSS JOIN SearchTerm AS s
    WHERE s.workspace_id = @workspace_id AND s.term = w.term COLLATE Latin1_General_100_BIN2
      AND s.kind = N'comment' AND s.doc_no < @before_no AND s.doc_no >= @floor_no AND (@project_id IS NULL OR s.project_id = @project_id)
      AND NOT EXISTS (
          SELECT 1 FROM OPENJSON(@others) WITH (words NVARCHAR(MAX) '$' AS JSON) AS o
          WHERE NOT EXISTS (
              SELECT 1 FROM OPENJSON(o.words) WITH (term NVARCHAR(64) '$') AS i
              CROSS JOIN SearchTerm AS x
              WHERE x.workspace_id = @workspace_id AND x.term = i.term COLLATE Latin1_General_100_BIN2
                AND x.kind = N'comment' AND x.doc_no = s.doc_no))
)
SELECT d.doc_no, c.id, c.task_id, t.project_id, p.project_key, t.number, t.title, t.state, c.created_at AS moment, c.body
FROM hit AS h
JOIN SearchDocument AS d ON d.workspace_id = @workspace_id AND d.doc_no = h.doc_no
JOIN Comment AS c ON c.workspace_id = @workspace_id AND c.id = d.target_id
JOIN Task AS t ON t.workspace_id = @workspace_id AND t.id = c.task_id AND t.deleted_at IS NULL
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = t.project_id
WHERE EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = N'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY d.doc_no DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
-- dialect: sqlite
-- CROSS JOIN keeps the order of the tables: what was found leads.
WITH hit AS MATERIALIZED (
    SELECT DISTINCT s.doc_no
    FROM json_each(@lead) AS w
    CROSS JOIN SearchTerm AS s
    WHERE s.workspace_id = @workspace_id AND s.term = w.value
      AND s.kind = 'comment' AND s.doc_no < @before_no AND s.doc_no >= @floor_no AND (@project_id IS NULL OR s.project_id = @project_id)
      AND NOT EXISTS (
          SELECT 1 FROM json_each(@others) AS o
          WHERE NOT EXISTS (
              SELECT 1 FROM json_each(o.value) AS i
              CROSS JOIN SearchTerm AS x
              WHERE x.workspace_id = @workspace_id AND x.term = i.value
                AND x.kind = 'comment' AND x.doc_no = s.doc_no))
)
SELECT d.doc_no, c.id, c.task_id, t.project_id, p.project_key, t.number, t.title, t.state, c.created_at AS moment, c.body
FROM hit AS h
CROSS JOIN SearchDocument AS d
CROSS JOIN Comment AS c
CROSS JOIN Task AS t
CROSS JOIN Project AS p
WHERE d.workspace_id = @workspace_id AND d.doc_no = h.doc_no
  AND c.workspace_id = @workspace_id AND c.id = d.target_id
  AND t.workspace_id = @workspace_id AND t.id = c.task_id AND t.deleted_at IS NULL
  AND p.workspace_id = @workspace_id AND p.id = t.project_id
  AND EXISTS (SELECT 1 FROM TaskGrant AS g
              WHERE g.workspace_id = @workspace_id AND g.user_id = @user_id AND g.permission = 'view'
                AND g.project_id = t.project_id AND g.task_type_id = t.task_type_id AND g.state = t.state)
ORDER BY d.doc_no DESC
LIMIT @page_size

-- name: search_projects :many
-- As search_tasks, projects that the caller may look into.
-- param: workspace_id uuid
-- param: user_id text
-- param: project_id uuid?
-- param: lead longtext
-- param: others longtext
-- param: before_no int
-- param: floor_no int
-- param: page_size int
-- returns: FoundProjectRow
-- scope: workspace
-- plan: sorts what it looks at, which the floor bounds
-- dialect: mssql
WITH hit AS (
    SELECT DISTINCT s.doc_no
    FROM OPENJSON(@lead) WITH (term NVARCHAR(64) '$') AS w
    CROSS JOIN SearchTerm AS s
    WHERE s.workspace_id = @workspace_id AND s.term = w.term COLLATE Latin1_General_100_BIN2
      AND s.kind = N'project' AND s.doc_no < @before_no AND s.doc_no >= @floor_no AND (@project_id IS NULL OR s.project_id = @project_id)
      AND NOT EXISTS (
          SELECT 1 FROM OPENJSON(@others) WITH (words NVARCHAR(MAX) '$' AS JSON) AS o
          WHERE NOT EXISTS (
              SELECT 1 FROM OPENJSON(o.words) WITH (term NVARCHAR(64) '$') AS i
              CROSS JOIN SearchTerm AS x
              WHERE x.workspace_id = @workspace_id AND x.term = i.term COLLATE Latin1_General_100_BIN2
                AND x.kind = N'project' AND x.doc_no = s.doc_no))
)
SELECT d.doc_no, p.id, p.project_key, p.name, p.updated_at AS moment
FROM hit AS h
JOIN SearchDocument AS d ON d.workspace_id = @workspace_id AND d.doc_no = h.doc_no
JOIN Project AS p ON p.workspace_id = @workspace_id AND p.id = d.target_id AND p.deleted_at IS NULL
WHERE EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)
ORDER BY d.doc_no DESC
OFFSET 0 ROWS FETCH NEXT @page_size ROWS ONLY
-- dialect: sqlite
-- CROSS JOIN keeps the order of the tables: what was found leads.
WITH hit AS MATERIALIZED (
    SELECT DISTINCT s.doc_no
    FROM json_each(@lead) AS w
    CROSS JOIN SearchTerm AS s
    WHERE s.workspace_id = @workspace_id AND s.term = w.value
      AND s.kind = 'project' AND s.doc_no < @before_no AND s.doc_no >= @floor_no AND (@project_id IS NULL OR s.project_id = @project_id)
      AND NOT EXISTS (
          SELECT 1 FROM json_each(@others) AS o
          WHERE NOT EXISTS (
              SELECT 1 FROM json_each(o.value) AS i
              CROSS JOIN SearchTerm AS x
              WHERE x.workspace_id = @workspace_id AND x.term = i.value
                AND x.kind = 'project' AND x.doc_no = s.doc_no))
)
SELECT d.doc_no, p.id, p.project_key, p.name, p.updated_at AS moment
FROM hit AS h
CROSS JOIN SearchDocument AS d
CROSS JOIN Project AS p
WHERE d.workspace_id = @workspace_id AND d.doc_no = h.doc_no
  AND p.workspace_id = @workspace_id AND p.id = d.target_id AND p.deleted_at IS NULL
  AND EXISTS (SELECT 1 FROM VisibleProject AS v
              WHERE v.workspace_id = @workspace_id AND v.user_id = @user_id AND v.project_id = p.id)
ORDER BY d.doc_no DESC
LIMIT @page_size

-- Who made an objective is an author as who changed it is: until it is approved. What is copied has its original's authors, so
-- whose work was approved is known of earlier requests too, as far as it still is.

INSERT INTO ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT o.workspace_id, 'objective', o.id, o.created_by
FROM Objective AS o
WHERE o.state IN ('DRAFT', 'IN_APPROVAL')
  AND NOT EXISTS (SELECT 1 FROM ApprovalRequest AS r
                  WHERE r.workspace_id = o.workspace_id AND r.object_type = 'objective' AND r.object_id = o.id AND r.state = 'APPROVED')
  AND NOT EXISTS (SELECT 1 FROM ObjectEditor AS e
                  WHERE e.workspace_id = o.workspace_id AND e.object_type = 'objective' AND e.object_id = o.id AND e.user_id = o.created_by);

INSERT INTO ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT v.workspace_id, 'workflow_template', v.template_id, v.created_by
FROM WorkflowTemplateVersion AS v
WHERE v.status = 'DRAFT'
  AND NOT EXISTS (SELECT 1 FROM ObjectEditor AS e
                  WHERE e.workspace_id = v.workspace_id AND e.object_type = 'workflow_template' AND e.object_id = v.template_id
                    AND e.user_id = v.created_by);

INSERT INTO ApprovalAuthor (workspace_id, request_id, user_id, user_type_id)
SELECT r.workspace_id, r.id, r.author_id, NULL
FROM ApprovalRequest AS r
WHERE r.state = 'APPROVED'
  AND NOT EXISTS (SELECT 1 FROM ApprovalAuthor AS a WHERE a.workspace_id = r.workspace_id AND a.request_id = r.id AND a.user_id = r.author_id);

INSERT INTO ApprovalAuthor (workspace_id, request_id, user_id, user_type_id)
SELECT r.workspace_id, r.id, o.created_by, NULL
FROM ApprovalRequest AS r
JOIN Objective AS o ON o.workspace_id = r.workspace_id AND o.id = r.object_id
WHERE r.state IN ('PENDING', 'APPROVED') AND r.object_type = 'objective'
  AND NOT EXISTS (SELECT 1 FROM ApprovalAuthor AS a WHERE a.workspace_id = r.workspace_id AND a.request_id = r.id AND a.user_id = o.created_by);

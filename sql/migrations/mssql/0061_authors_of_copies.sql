-- Who made an objective is an author as who changed it is: until it is approved. What is copied has its original's authors, so
-- whose work was approved is known of earlier requests too, as far as it still is.

INSERT INTO dbo.ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT o.workspace_id, N'objective', o.id, o.created_by
FROM dbo.Objective AS o
WHERE o.state IN (N'DRAFT', N'IN_APPROVAL')
  AND NOT EXISTS (SELECT 1 FROM dbo.ApprovalRequest AS r
                  WHERE r.workspace_id = o.workspace_id AND r.object_type = N'objective' AND r.object_id = o.id AND r.state = N'APPROVED')
  AND NOT EXISTS (SELECT 1 FROM dbo.ObjectEditor AS e
                  WHERE e.workspace_id = o.workspace_id AND e.object_type = N'objective' AND e.object_id = o.id AND e.user_id = o.created_by);
GO
INSERT INTO dbo.ObjectEditor (workspace_id, object_type, object_id, user_id)
SELECT v.workspace_id, N'workflow_template', v.template_id, v.created_by
FROM dbo.WorkflowTemplateVersion AS v
WHERE v.status = N'DRAFT'
  AND NOT EXISTS (SELECT 1 FROM dbo.ObjectEditor AS e
                  WHERE e.workspace_id = v.workspace_id AND e.object_type = N'workflow_template' AND e.object_id = v.template_id
                    AND e.user_id = v.created_by);
GO
INSERT INTO dbo.ApprovalAuthor (workspace_id, request_id, user_id, user_type_id)
SELECT r.workspace_id, r.id, r.author_id, NULL
FROM dbo.ApprovalRequest AS r
WHERE r.state = N'APPROVED'
  AND NOT EXISTS (SELECT 1 FROM dbo.ApprovalAuthor AS a WHERE a.workspace_id = r.workspace_id AND a.request_id = r.id AND a.user_id = r.author_id);
GO
INSERT INTO dbo.ApprovalAuthor (workspace_id, request_id, user_id, user_type_id)
SELECT r.workspace_id, r.id, o.created_by, NULL
FROM dbo.ApprovalRequest AS r
JOIN dbo.Objective AS o ON o.workspace_id = r.workspace_id AND o.id = r.object_id
WHERE r.state IN (N'PENDING', N'APPROVED') AND r.object_type = N'objective'
  AND NOT EXISTS (SELECT 1 FROM dbo.ApprovalAuthor AS a WHERE a.workspace_id = r.workspace_id AND a.request_id = r.id AND a.user_id = o.created_by);
GO

-- What figures of approvals are counted by: when requests ended, and when they were decided about.
-- The same indexes as sql/migrations/mssql/0052_approval_analytics.sql; a test compares them.

CREATE INDEX IX_ApprovalRequest_ended ON ApprovalRequest (workspace_id, ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX IX_ApprovalDecision_at ON ApprovalDecision (workspace_id, at, request_id, stage);

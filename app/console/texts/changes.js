/** What happens in a workspace, said of an event's type: "Member: added". */

/** @type {Record<string, string>} */
const objects = {
  workspace: "Workspace",
  member: "Member",
  transfer: "Handover",
  invitation: "Invitation",
  job: "Job",
  join_link: "Link to join",
  object_role: "Role on an object",
  connection: "Connection",
  link: "Link",
  project: "Project",
  project_member: "Project member",
  board: "Board",
  column: "Column",
  task: "Task",
  comment: "Comment",
  label: "Label",
  file: "File",
  webhook: "Webhook",
  user_type: "User type",
  task_type: "Task type",
  workflow_template: "Workflow template",
  workflow_instance: "Workflow",
  filter: "Filter",
};

export default {
  /**
   * @param {string} type
   */
  said: (type) => {
    const [object, verb] = type.split(".");
    return `${objects[object] ?? object.replaceAll("_", " ")}: ${(verb ?? "").replaceAll("_", " ")}`;
  },
};

/** Settings of a workspace. */
export default {
  title: "Settings",
  about: "What this workspace is, whether it is in work, and who governs it.",
  workspace: "Workspace",
  name: "Name",
  description: "Description",
  id: "Id",
  made: "Made",
  standing: "In work or not",
  /** @type {Record<string, string>} */
  standings: {
    ACTIVE: "It is in work. Suspended, nothing in it can be changed until it is put back; archived, it is out of lists too, unless somebody asks for it.",
    SUSPENDED: "Nothing in it can be changed until it is put back to work.",
    ARCHIVED: "Nothing in it can be changed, and it is out of lists unless somebody asks for it.",
  },
  afterDeletion: "Deleted, it is no longer there for its members. An owner restores it from the list of workspaces, with all that was in it.",
  handOver: "It is handed over to one of its members, who has to accept.",
  toMembers: "Members",
};

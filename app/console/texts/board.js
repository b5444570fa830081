/** A board and its columns. */
import { plural } from "../core/texts.js";

export default {
  none: "This board has no columns yet",
  noneMore: "A column may stand for a state: tasks that come there take it on.",
  board: "Columns of the board",
  addColumn: "Add a column",
  /** @param {string} name */
  addTask: (name) => `Add a task to ${name}`,
  add: "Add a task",
  title: "Title",
  priority: "Priority",
  due: "Due",
  more: "Show more",
  /** @param {number} count @param {number | null} limit */
  count: (count, limit) => (limit === null ? plural(count, "task", "tasks") : `${count} of at most ${limit} tasks`),
  full: "This column takes no more",
  moveTo: "Move to",
  up: "Up",
  down: "Down",
  top: "To the top",
  /** @param {string} key */
  acts: (key) => `Move ${key}`,
  /** @param {string} key @param {string} column */
  moved: (key, column) => `${key} is in ${column} now`,
  columnActs: "Column",
  editColumn: "Edit the column",
  deleteColumn: "Delete the column",
  deleteColumnText: "Its tasks go to the column that you choose.",
  deleteTo: "Move its tasks to",
  left: "Move left",
  right: "Move right",
  name: "Name",
  stands: "Stands for the state",
  noState: "None",
  limit: "Takes at most",
  limitHint: "How many tasks; empty is any number.",
  empty: "Nothing here",
  overdue: "overdue",
  rename: "Rename",
  renameTitle: "Rename the board",
  delete: "Delete the board",
  deleteText: "The board is no longer there; its tasks stay in the project.",
  project: "Project",
};

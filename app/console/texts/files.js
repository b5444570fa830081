/** The files of a workspace. */
export default {
  title: "Files",
  about: "Served to be saved, never shown. What a scanner finds infected is kept back.",
  list: "Files",
  name: "Name",
  size: "Size",
  type: "Type",
  scan: "Scan",
  /** @type {Record<string, string>} */
  scans: { PENDING: "Being scanned", CLEAN: "Clean", INFECTED: "Infected", SKIPPED: "Not scanned", ERROR: "Scan failed" },
  uploaded: "Uploaded",
  by: "By",
  upload: "Upload files",
  drop: "Drop files here to upload them",
  transfers: "Files on their way",
  /** @param {string} name */
  sent: (name) => `${name} was uploaded`,
  /** @param {string} name */
  onItsWay: (name) => `${name} was sent, and is still being verified. That goes on by itself; then it is among the files.`,
  /** What was sent past the service was not taken. @type {Record<string, string>} */
  failed: {
    MISSING: "Nothing has come to the store.",
    SIZE: "Another number of bytes has come than the file has.",
    SHA256: "Other bytes have come than the file has.",
    TYPE: "Files of this type are not taken.",
    EXPIRED: "It took too long.",
  },
  /** @param {number} status */
  refused: (status) => (status ? `The store of files answered ${status}.` : "The store of files cannot be reached, or takes nothing from this page."),
  /** @param {string} name */
  saved: (name) => `${name} was downloaded`,
  download: "Download",
  details: "Details",
  link: "Link for a few minutes",
  linkMore: "Whoever has it may download the file without signing in. That it was made is in the audit log.",
  linkLabel: "Link",
  rescan: "Scan now",
  rescanned: "The scanner looks at it",
  delete: "Delete",
  /** @param {string} name */
  deleteText: (name) => `${name} is removed for everybody.`,
  deleted: "The file was deleted",
  none: "No file yet",
  noneMore: "Upload one, or drop it anywhere on this page.",
  noneRead: "Members of this workspace can upload some.",
  threat: "What was found",
  digest: "SHA-256",
  gone: "It is not among the files that are shown.",
  usage: "Room",
  count: "Files",
  bytes: "Bytes",
  /** @param {string} used @param {string} limit */
  of: (used, limit) => `${used} of ${limit}`,
  /** @param {string} used */
  unlimited: (used) => `${used}, without a limit`,
  limits: "Limits",
  limitsTitle: "How much the workspace may hold",
  /** @type {Record<"own" | "granted", string>} */
  limitsText: {
    own: "Nothing that is there is taken away. The lower of these and what your organisation or the platform grants holds.",
    granted: "Nothing that is there is taken away. The lower of these and what the workspace's owners allow holds.",
  },
  most: "Most files",
  mostBytes: "Most bytes",
  /** @param {string} used */
  without: (used) => `Empty is without a limit. Used now: ${used}.`,
  /** @type {Record<"own" | "granted", { files: (most: string) => string, bytes: (most: string) => string }>} what the others say */
  others: {
    own: { files: (most) => `Granted: ${most} files.`, bytes: (most) => `Granted: ${most}.` },
    granted: { files: (most) => `The owners allow ${most} files.`, bytes: (most) => `The owners allow ${most}.` },
  },
};

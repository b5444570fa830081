/** Where this console is served: everything else is beside it. */

/** The prefix of the service's paths, with a slash at its end. */
export const ROOT = new URL("../../../../", import.meta.url).pathname;

/** Where the console's own addresses begin, likewise. */
export const HOME = `${ROOT}console/`;

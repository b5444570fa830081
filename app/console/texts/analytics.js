/** Figures over time. */
export default {
  title: "Analytics",
  about: "How work and goals go, as far as you may see them.",
  views: "Figures",
  /** @type {Record<string, string>} */
  kinds: { tasks: "Tasks", okr: "OKRs", approvals: "Approvals", links: "Links" },
  from: "From",
  to: "To",
  bucket: "By",
  /** @type {Record<string, string>} */
  buckets: { day: "Day", week: "Week", month: "Month" },
  takeAway: "Save as CSV",
  /** @param {string} of */
  chart: (of) => `Chart: ${of}. The table below has its figures.`,
  /** @param {string} of */
  table: (of) => `Figures: ${of}`,
};

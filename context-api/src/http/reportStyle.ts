/** Style of the reports that are sent by mail: light and dark, and nothing from outside. */
export const reportStyle = `
  :root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
  body { margin: 0 auto; max-width: 56rem; padding: 1.5rem 2rem 4rem; }
  .score { font-size: 2.5rem; font-weight: 600; }
  table { border-collapse: collapse; width: 100%; }
  th, td { text-align: left; padding: .4rem 1rem .4rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
  .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
  code { font: 13px ui-monospace, monospace; overflow-wrap: anywhere; }
`;

/** Headers of a report as a page. */
export const reportHeaders = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:",
};

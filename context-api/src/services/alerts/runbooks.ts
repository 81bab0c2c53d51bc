/** Where the page about a kind of alert is served. Its source is docs/runbooks/{kind}.md. */
export const runbookOf = (kind: string): string => `/docs/runbooks/${kind}`;

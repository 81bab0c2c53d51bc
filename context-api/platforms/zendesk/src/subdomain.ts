/** The subdomain in tokens and URLs of Zendesk; null for a URL that has none. */
export function subdomainOf({
  url,
  panel,
}: {
  url: string;
  panel?: { subdomain?: string | undefined } | undefined;
}): string | null {
  return panel?.subdomain ?? /^https:\/\/([a-z0-9][a-z0-9-]*)\.zendesk\.com\/?$/i.exec(url)?.[1]?.toLowerCase() ?? null;
}

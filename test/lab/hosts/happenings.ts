/** What a host page's lab bar offers: things that happen to the customer on the page. */
export interface HostHappenings {
  kinds: readonly { kind: string; label: string }[];
  /** @param body `{ kind, about }` as the page sent it, `about` being a ref */
  make(body: unknown): { line: string } | { error: string };
}

/** The scenarios that the lab bar of a host page offers for the customer on the page. */
export interface HostScenarios {
  kinds: readonly { kind: string; label: string }[];
  /** Runs a scenario. @param body `{ kind, about }` from the page; `about` is a ref */
  run(body: unknown): { line: string } | { error: string };
}

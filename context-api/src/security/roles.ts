/** The permissions of a role. Every role reads contexts. Tenants can configure `pii`, `text` and `reveal`. */
export interface Rights {
  /** Sees personal values unmasked. */
  pii: boolean;
  /** Sees what people wrote: subjects, descriptions, comments. */
  text: boolean;
  /** May reveal a masked value, with a reason. */
  reveal: boolean;
  /** May read what concerns all customers: the event log, alerts, the state of the connections. */
  events: boolean;
  /** May use the operations of the operator: deliveries, quarantine, configuration. */
  operate: boolean;
  act: readonly string[];
}

export type RoleName = "admin" | "service" | "agent" | "rep";

const defaults: Record<RoleName, Rights> = {
  admin: { pii: true, text: true, reveal: true, events: true, operate: true, act: [] },
  service: { pii: true, text: true, reveal: false, events: true, operate: false, act: [] },
  // The keys of panel installations.
  agent: { pii: false, text: true, reveal: false, events: false, operate: false, act: [] },
  rep: { pii: false, text: true, reveal: false, events: false, operate: false, act: [] },
};

/** What the configuration changes of a role. */
type RightOverrides = { [right in "pii" | "text" | "reveal"]?: boolean | undefined };

export function rightsOf(role: RoleName, overrides: Partial<Record<RoleName, RightOverrides>> = {}): Rights {
  const override = Object.entries(overrides[role] ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults[role], ...Object.fromEntries(override) };
}

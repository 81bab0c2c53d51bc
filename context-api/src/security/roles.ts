/** The permissions of a role. Every role reads contexts. Tenants can configure `pii`, `text`, `reveal` and `identify`. */
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
  /** May decide who is who: link, unlink, merge, split. */
  identify: boolean;
  /** Actions that the role may take, as answers name them. */
  act: readonly string[];
}

export type RoleName = "admin" | "service" | "agent" | "rep";

const defaults: Record<RoleName, Rights> = {
  admin: { pii: true, text: true, reveal: true, events: true, operate: true, identify: true, act: [] },
  service: { pii: true, text: true, reveal: false, events: true, operate: false, identify: true, act: [] },
  // The keys of panel installations.
  agent: { pii: false, text: true, reveal: false, events: false, operate: false, identify: true, act: [] },
  rep: { pii: false, text: true, reveal: false, events: false, operate: false, identify: true, act: [] },
};

/** What the configuration changes of a role. */
type RightOverrides = { [right in "pii" | "text" | "reveal" | "identify"]?: boolean | undefined };

export function rightsOf(role: RoleName, overrides: Partial<Record<RoleName, RightOverrides>> = {}): Rights {
  const override = Object.entries(overrides[role] ?? {}).filter(([, value]) => value !== undefined);
  const rights = { ...defaults[role], ...Object.fromEntries(override) };
  return { ...rights, act: rights.identify ? [...rights.act, "identify"] : rights.act };
}

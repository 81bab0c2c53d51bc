import { type ActionName, actionNames } from "@sidelight/model/actionNames.ts";

export { type ActionName, actionNames };

/** The permissions of a role. Every role reads contexts. Tenants can configure all but `events` and `operate`. */
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
  act: readonly ActionName[];
  /** Names of the sections that are shown; null for all. */
  sections: readonly string[] | null;
}

export type RoleName = "admin" | "service" | "agent" | "rep";

/** Without the actions that have a right of their own: `identify` and `reveal`. */
const ownActions: readonly ActionName[] = ["note", "pin", "follow-up", "refresh", "insert"];

const defaults: Record<RoleName, Rights> = {
  admin: { ...base(), pii: true, reveal: true, events: true, operate: true },
  service: { ...base(), pii: true, events: true },
  // People at the panels, and the keys of panel installations.
  agent: base(),
  rep: base(),
};

function base(): Rights {
  const deniedRights = { pii: false, reveal: false, events: false, operate: false };
  return { ...deniedRights, text: true, identify: true, act: ownActions, sections: null };
}

/** What the configuration changes of a role, or of what one person gets. */
export interface RightOverrides {
  pii?: boolean | undefined;
  text?: boolean | undefined;
  reveal?: boolean | undefined;
  identify?: boolean | undefined;
  act?: readonly ActionName[] | undefined;
  sections?: readonly string[] | undefined;
}

/** @param personOverrides changes for one person, after those of the role */
export function rightsOf(
  role: RoleName,
  overrides: Partial<Record<RoleName, RightOverrides>> = {},
  personOverrides: RightOverrides = {},
): Rights {
  return withChanges(withChanges(withActionList(defaults[role]), overrides[role] ?? {}), personOverrides);
}

/** The rights of a caller who is no known person: a revealed value must be one that somebody asked for. */
export function withoutPerson(role: RoleName, rights: Rights): Rights {
  return role === "admin" || !rights.reveal ? rights : withActionList({ ...rights, reveal: false });
}

function withChanges(rights: Rights, { act, ...overrides }: RightOverrides): Rights {
  const fromList = act ? { act, reveal: act.includes("reveal"), identify: act.includes("identify") } : {};
  const overriddenRights = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return withActionList({ ...rights, ...fromList, ...overriddenRights });
}

/** `reveal` and `identify` are rights and actions: the list follows the rights. */
function withActionList(rights: Rights): Rights {
  const isAllowed = (action: ActionName): boolean =>
    action === "reveal" || action === "identify" ? rights[action] : rights.act.includes(action);
  return { ...rights, act: actionNames.filter(isAllowed) };
}

import type { TenantWorld } from "../../lab/world/tenant.ts";

/** The values of one fact, each from an instant on, oldest first. */
type History = { value: string; since: number }[];

/** What was true at the platforms, and when. */
export interface Truth {
  /** True when a ticket had the status at the instant or later. */
  hadStatus(ticket: string, status: string, instant: number): boolean;
  /** True when an account had the owner at the instant or later. */
  hadOwner(account: string, owner: string, instant: number): boolean;
}

export function recordTruth(world: TenantWorld, now: () => number): Truth {
  const tickets = new Map<string, History>();
  const owners = new Map<string, History>();
  const add = (histories: Map<string, History>, key: string, value: string): void => {
    const history = histories.get(key) ?? [];
    if (history.at(-1)?.value !== value) history.push({ value, since: histories.has(key) ? now() : 0 });
    histories.set(key, history);
  };
  const record = (): void => {
    for (const { id, status } of world.zendesk.tickets.values()) add(tickets, String(id), status);
    for (const row of world.salesforce.tables.Account.values()) add(owners, String(row["Id"]), String(row["OwnerId"]));
  };
  record();
  world.onChange(record);
  const had = (history: History | undefined, value: string, instant: number): boolean =>
    (history ?? []).some((entry, i) => entry.value === value && (history?.[i + 1]?.since ?? Number.POSITIVE_INFINITY) >= instant);
  return {
    hadStatus: (ticket, status, instant) => had(tickets.get(ticket), status, instant),
    hadOwner: (account, owner, instant) => had(owners.get(account), owner, instant),
  };
}

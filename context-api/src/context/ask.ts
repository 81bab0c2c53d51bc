import { randomUUID } from "node:crypto";
import type { Searched } from "@sidelight/shared/context/context.ts";
import type { SectionProblem } from "@sidelight/shared/context/sections.ts";
import type { Connection } from "../platforms/connections.ts";
import { PlatformError } from "../platforms/errors.ts";
import type { Lookup } from "../platforms/platform.ts";
import type { RecordInput } from "../platforms/records.ts";
import type { ParsedRef } from "../platforms/refs.ts";
import { singleFlight } from "../resilience/singleFlight.ts";
import { currentData } from "../sync/runner.ts";
import type { Story } from "./story.ts";
import type { Tenant } from "./tenant.ts";

/** A source that takes longer is given up, however long anybody would wait. */
const hardStopMs = 8_000;

/** What asking one platform came to. */
export type Asked =
  | { connection: Connection; outcome: "found" | "nothing" | "late" }
  | { connection: Connection; outcome: "failed"; error: PlatformError };

/** Calls under way by what they ask for: one fetch, however many wait. */
export type Flights = ReturnType<typeof singleFlight<number>>;
export const newFlights = (): Flights => singleFlight<number>();

/** Asks the platforms for a customer the store doesn't know. What they know is durable before this returns. */
export async function askForUnknown(tenant: Tenant, flights: Flights, ref: ParsedRef, until: number): Promise<Asked[]> {
  const lookup = lookupFor(ref);
  if (!lookup) return [];
  const able = tenant.connections.filter((c) => ref.kind !== "object" || c.platform.name === ref.platform);
  return await Promise.all(
    able.map((connection) =>
      ask(tenant, flights, connection, `lookup ${ref.ref}`, until, (call) => connection.connector.lookup(lookup, call)),
    ),
  );
}

/** Fetches anew what some connections' sections show of this customer. */
export async function askAgain(
  tenant: Tenant,
  flights: Flights,
  story: Story,
  connections: Connection[],
  until: number,
): Promise<Asked[]> {
  return await Promise.all(
    connections.map((connection) => {
      const refs = refsAt(story, connection);
      if (refs.length === 0) return { connection, outcome: "nothing" as const };
      return ask(
        tenant,
        flights,
        connection,
        `refetch ${story.node}`,
        until,
        (call) => connection.connector.refetch(refs, call, (wanted) => currentData(tenant.log, wanted)),
        scopeKey(tenant, connection, story.node),
      );
    }),
  );
}

/** Under this key stands when a connection was last asked about one customer. */
export const scopeKey = (tenant: Tenant, connection: Connection, node: string): string =>
  tenant.log.identifier("scope", `${connection.id}\n${node}`);

async function ask(
  tenant: Tenant,
  flights: Flights,
  connection: Connection,
  what: string,
  until: number,
  fetchRecords: (call: { lane: "interactive"; signal: AbortSignal }) => Promise<RecordInput[]>,
  scope?: string,
): Promise<Asked> {
  const { failure } = connection.health();
  if (connection.isResting() && failure) return { connection, outcome: "failed", error: restingError(connection) };
  const work = flights(`${connection.id}\n${what}`, async () => {
    const observedAt = tenant.clock.now();
    try {
      const records = await fetchRecords({ lane: "interactive", signal: AbortSignal.timeout(hardStopMs) });
      connection.succeeded();
      const statements = scope ? [observe(tenant, scope, observedAt)] : [];
      await tenant.log.commit({ records, statements, correlationId: `read-${randomUUID()}` });
      if (scope) tenant.log.touch(scope);
      return records.length;
    } catch (error) {
      if (error instanceof PlatformError) connection.failed(error);
      throw error;
    }
  });
  const settled = await within(work, until - tenant.clock.now());
  if (settled === late) return { connection, outcome: "late" };
  if (settled instanceof PlatformError) return { connection, outcome: "failed", error: settled };
  return { connection, outcome: settled > 0 ? "found" : "nothing" };
}

const late = Symbol("late");

/** The outcome, a platform's error, or `late` when the time was up first. The work goes on for whoever asks next. */
async function within(work: Promise<number>, ms: number): Promise<number | PlatformError | typeof late> {
  const outcome = work.catch((error: unknown) => (error instanceof PlatformError ? error : Promise.reject(error)));
  outcome.catch(() => {});
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), Math.max(0, ms));
  });
  try {
    return await Promise.race([outcome, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function observe(tenant: Tenant, key: string, observedAt: number) {
  const { store } = tenant.log;
  return store.statements
    .insertInto("observations")
    .values({ tenant: store.tenant, key, observed_at: observedAt, changed_at: null })
    .onConflict((c) => c.columns(["tenant", "key"]).doUpdateSet({ observed_at: observedAt }))
    .compile();
}

function lookupFor(ref: ParsedRef): Lookup | null {
  switch (ref.kind) {
    case "object":
      return { by: "id", object: ref.object, id: ref.id };
    case "person":
    case "company":
      return null;
    default:
      return { by: ref.kind, value: ref.value };
  }
}

/** A company's people are followed by the pulls; asking for each of them would eat the allowance. */
function refsAt(story: Story, connection: Connection): string[] {
  const own = story.kind === "person" ? [...story.people.values()].flat() : [];
  const everyone = connection.platform.section === "product" ? [...story.people.values()].flat().slice(0, 50) : own;
  return [...everyone, ...(story.company?.records ?? [])].filter((r) => r.connection === connection.id).map((r) => r.ref);
}

function restingError(connection: Connection): PlatformError {
  const { failure } = connection.health();
  return new PlatformError(failure!.code, connection.platform.name, failure!.message, { retryAt: failure!.retryAt });
}

export function problemOf(asked: Asked, now: number): SectionProblem | null {
  const { connection } = asked;
  const name = connection.platform.label;
  const base = { since: isoOrNull(connection.health().lastSuccessAt), retryAt: null };
  if (asked.outcome === "late") return { ...base, code: "timeout", message: `${name} did not answer in time.` };
  if (asked.outcome !== "failed") return null;
  return sectionProblem(connection, asked.error.code, asked.error.retryAt, now);
}

/** Trouble that a connection is known to have; a reached rate limit alone doesn't make a fresh value doubtful. */
export function standingProblem(connection: Connection, isFresh: boolean, now: number): SectionProblem | null {
  const { failure } = connection.health();
  if (!failure || (failure.code === "rate_limited" && isFresh)) return null;
  return sectionProblem(connection, failure.code, failure.retryAt, now);
}

function sectionProblem(
  connection: Connection,
  code: PlatformError["code"],
  retryAt: number | null,
  now: number,
): SectionProblem | null {
  const text = words[code as SectionProblem["code"]];
  if (!text) return null;
  return {
    code: code as SectionProblem["code"],
    message: `${connection.platform.label} ${text}.`,
    since: isoOrNull(connection.health().lastSuccessAt),
    retryAt: retryAt !== null && retryAt > now ? new Date(retryAt).toISOString() : null,
  };
}

const words: Record<SectionProblem["code"], string> = {
  timeout: "did not answer in time",
  unavailable: "is unavailable",
  rate_limited: "has reached its request limit",
  unauthorized: "refuses our sign-in; an administrator has to reconnect it",
  budget_exhausted: "can't be asked right now, to stay within its request limit",
};

export function searchedFrom(asked: Asked[], by: string, now: number): Searched[] {
  const at = new Date(now).toISOString();
  const states = { found: "found", nothing: "not_found", late: "unavailable", failed: "unavailable" } as const;
  return asked.map((a) => ({ platform: a.connection.platform.name, by, at, state: states[a.outcome] }));
}

const isoOrNull = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

import { randomUUID } from "node:crypto";
import type { Searched } from "@sidelight/contracts/context/context.ts";
import type { Clock } from "@sidelight/model/clock.ts";
import type { Edge, RecordInput } from "@sidelight/model/records.ts";
import type { ParsedRef } from "@sidelight/model/refs.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { CallOptions, Lookup } from "@sidelight/platform-kit/platform.ts";
import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import type { Connection } from "../connections/connections.ts";
import { currentData } from "../log/reader.ts";
import type { Story } from "./customerRecords.ts";
import type { Tenant } from "./tenant.ts";

/** A source that takes longer is given up, however long anybody would wait. */
const hardStopMs = 8_000;

/**
 * What asking one platform came to. `at` is when it was asked, epoch ms. `partly`: something of the customer was brought, but not
 * all that the section shows.
 */
export type Asked =
  | { connection: Connection; at: number; outcome: "found" | "partly" | "nothing" | "late" }
  | { connection: Connection; at: number; outcome: "failed"; error: PlatformError };

interface Fetched {
  outcome: "found" | "partly" | "nothing";
  at: number;
}

/** What a platform gave, and whether that is all that its section shows of the customer. */
interface Given {
  records: RecordInput[];
  isWhole: boolean;
}

/** Calls under way by what they ask for: one fetch, however many wait. */
export type Flights = ReturnType<typeof singleFlight<Fetched>>;
export const newFlights = (): Flights => singleFlight<Fetched>();

/** Asks the platforms for a customer the store doesn't know. What they know is durable before this returns. */
export async function askForUnknown(tenant: Tenant, flights: Flights, ref: ParsedRef, until: number): Promise<Asked[]> {
  const lookup = lookupFor(ref);
  if (!lookup) return [];
  const able = tenant.connections.filter(({ platform }) =>
    ref.kind === "object" ? platform.name === ref.platform : lookup.by !== "id" && platform.finds.includes(lookup.by),
  );
  return await Promise.all(
    able.map((connection) =>
      ask(tenant, flights, connection, `lookup ${ref.ref}`, until, (call) => find(tenant, connection, [lookup], call)),
    ),
  );
}

/** Fetches what some connections' sections show of a known customer: anew, or for the first time. */
export async function askAgain(
  tenant: Tenant,
  flights: Flights,
  story: Story,
  connections: Connection[],
  until: number,
): Promise<Asked[]> {
  const asked = await Promise.all(
    connections.flatMap((connection) => {
      const refs = refsAt(story, connection);
      const lookups = lookupsFor(story, connection);
      if (refs.length === 0 && lookups.length === 0) return [];
      return ask(tenant, flights, connection, `about ${story.node}`, until, (call) =>
        refs.length > 0 ? refetch(tenant, connection, refs, call) : find(tenant, connection, lookups, call),
      );
    }),
  );
  await noteAsked(tenant, story.node, asked);
  return asked;
}

/** Remembers that these connections have just said all they know of a customer. */
export async function noteAsked(tenant: Tenant, node: string, asked: Asked[]): Promise<void> {
  const answered = asked.filter((a) => a.outcome === "found" || a.outcome === "nothing");
  if (answered.length === 0) return;
  const scopes = answered.map(({ connection, at }) => ({ key: scopeKey(tenant, connection, node), at }));
  await tenant.log.commit({ statements: scopes.map((s) => observe(tenant, s.key, s.at)), correlationId: `read-${randomUUID()}` });
  for (const { key } of scopes) tenant.log.touch(key);
}

/** Under this key stands when a connection was last asked about one customer. */
export const scopeKey = (tenant: Tenant, connection: Connection, node: string): string =>
  tenant.log.identifier("scope", `${connection.id}\n${node}`);

/**
 * Looks a customer up, and fetches all that the section shows of whomever the store doesn't know: no platform waits for another.
 * Of those it knows, the pulls have brought the rest.
 */
async function find(tenant: Tenant, connection: Connection, lookups: Lookup[], call: CallOptions): Promise<Given> {
  const current = (wanted: string[]) => currentData(tenant.log, wanted);
  const found = (await Promise.all(lookups.map((lookup) => connection.connector.lookup(lookup, call, current)))).flat();
  const own = found.filter((r) => r.data.kind === "person" || r.data.kind === "company").map((r) => r.ref);
  const pointedAt = found.flatMap((r) => r.edges.filter((e) => customerEdges.has(e.rel)).map((e) => e.to));
  const customers = [...new Set([...own, ...pointedAt])];
  const known = await current(customers);
  const strangers = customers.filter((ref) => !known.has(ref));
  if (strangers.length === 0) return { records: found, isWhole: customers.length === 0 };
  const { records } = await refetch(tenant, connection, strangers, call);
  return { records: [...found, ...records], isWhole: strangers.length === customers.length };
}

/** Edges that lead to the customers whom a record is about. */
const customerEdges: ReadonlySet<Edge["rel"]> = new Set([
  "account",
  "organization",
  "requester",
  "person",
  "user",
  "merged_into",
]);

async function refetch(tenant: Tenant, { connector }: Connection, refs: string[], call: CallOptions): Promise<Given> {
  return { records: await connector.refetch(refs, call, (wanted) => currentData(tenant.log, wanted)), isWhole: true };
}

async function ask(
  tenant: Tenant,
  flights: Flights,
  connection: Connection,
  what: string,
  until: number,
  fetchRecords: (call: CallOptions) => Promise<Given>,
): Promise<Asked> {
  const at = tenant.clock.now();
  if (connection.isResting() && connection.health().failure) {
    return { connection, at, outcome: "failed", error: restingError(connection) };
  }
  const work = flights(`${connection.id}\n${what}`, async () => {
    try {
      const { records, isWhole } = await fetchRecords({ lane: "interactive", signal: AbortSignal.timeout(hardStopMs) });
      connection.succeeded();
      await tenant.log.commit({ records, correlationId: `read-${randomUUID()}` });
      return { outcome: records.length === 0 ? "nothing" : isWhole ? "found" : "partly", at } satisfies Fetched;
    } catch (error) {
      if (error instanceof PlatformError) connection.failed(error);
      throw error;
    }
  });
  const settled = await within(work, tenant.clock, until);
  if (settled === late) return { connection, at, outcome: "late" };
  if (settled instanceof PlatformError) return { connection, at, outcome: "failed", error: settled };
  return { connection, ...settled };
}

const late = Symbol("late");

/** The outcome, a platform's error, or `late` when the time was up first. The work goes on for whoever asks next. */
async function within<T>(work: Promise<T>, clock: Clock, until: number): Promise<T | PlatformError | typeof late> {
  const outcome = work.catch((error: unknown) => (error instanceof PlatformError ? error : Promise.reject(error)));
  outcome.catch(() => {});
  const settled = new AbortController();
  const timeout = clock.sleep(Math.max(0, until - clock.now()), settled.signal).then((): typeof late => late);
  timeout.catch(() => {});
  try {
    return await Promise.race([outcome, timeout]);
  } finally {
    settled.abort();
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

/** How a platform that has no record of this customer yet may know them: by any address, or by the company's domain. */
function lookupsFor(story: Story, { platform }: Connection): Lookup[] {
  const identifiers = (story.kind === "person" ? [...story.people.values()].flat() : (story.company?.records ?? [])).flatMap(
    (r) => r.identifiers,
  );
  const by = story.kind === "person" ? "email" : "domain";
  if (!platform.finds.includes(by)) return [];
  const values = [...new Set(identifiers.filter((i) => i.kind === by).map((i) => i.value))];
  return values.slice(0, 3).map((value) => ({ by, value }));
}

/** A company's people are followed by the pulls; asking for each of them would eat the allowance. */
function refsAt(story: Story, connection: Connection): string[] {
  const { section } = connection.platform;
  const own = story.kind === "person" ? [...story.people.values()].flat() : [];
  const people = section === "product" ? [...story.people.values()].flat().slice(0, 50) : own;
  // A person's support is their own tickets; only the account is the company's.
  const company = story.kind === "company" || section === "account" ? (story.company?.records ?? []) : [];
  return [...people, ...company].filter((r) => r.connection === connection.id).map((r) => r.ref);
}

function restingError(connection: Connection): PlatformError {
  const { failure } = connection.health();
  return new PlatformError(failure!.code, connection.platform.name, failure!.message, { retryAt: failure!.retryAt });
}

export function searchedFrom(asked: Asked[], by: string, now: number): Searched[] {
  const at = new Date(now).toISOString();
  const states = { found: "found", partly: "found", nothing: "not_found", late: "unavailable", failed: "unavailable" } as const;
  return asked.map((a) => ({ platform: a.connection.platform.name, by, at, state: states[a.outcome] }));
}

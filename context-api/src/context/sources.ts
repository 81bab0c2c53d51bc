import type { SectionProblem } from "@sidelight/contracts/context/sections.ts";
import type { Connection } from "../connections/connections.ts";
import { coverageName, type Reader } from "../log/reader.ts";
import type { CustomerRecords } from "./customerRecords.ts";
import type { FetchOutcome } from "./fetchOutcome.ts";
import { scopeKey } from "./observations.ts";
import { connectionProblem, fetchProblem } from "./problems.ts";
import { type ConnectionState, noSource, type SectionDefinition, type SourceState } from "./sections/section.ts";
import type { Tenant } from "./tenant.ts";

/** The state of each connection that feeds a section, by the section's name and in the order of the configuration. */
export type ConnectionStates = ReadonlyMap<string, readonly ConnectionState[]>;

/**
 * The connections that feed a section: those of the production environment, or those of the sandbox when there are no others.
 * A section never mixes the two.
 */
export function feedingConnections({ connections }: Tenant, { source }: SectionDefinition): Connection[] {
  const feeding = connections.filter((connection) => source?.feeds(connection));
  const production = feeding.filter(({ environment }) => environment === "production");
  return production.length > 0 ? production : feeding;
}

/** Ids of sandbox connections whose sections are fed by production connections. */
export function excludedConnections(tenant: Tenant): ReadonlySet<string> {
  const { definitions } = tenant.sections;
  const feeding = new Set(definitions.flatMap((definition) => feedingConnections(tenant, definition)));
  const excludedList = tenant.connections.filter(
    (connection) => !feeding.has(connection) && definitions.some(({ source }) => source?.feeds(connection)),
  );
  return new Set(excludedList.map(({ id }) => id));
}

/** How old each connection's records of a customer are, confirmed by complete pulls or by a fetch for this customer. */
export async function readConnectionStates(
  tenant: Tenant,
  reader: Reader,
  { node }: Pick<CustomerRecords, "node">,
  now: number,
): Promise<ConnectionStates> {
  const coverage = await reader.coverage();
  const states = tenant.sections.definitions.map(async (definition): Promise<[string, ConnectionState[]]> => {
    const feeding = feedingConnections(tenant, definition);
    const names = new Map(feeding.map((connection) => [connection, nameAmong(connection, feeding)]));
    return [definition.name, await Promise.all([...names].map(([connection, name]) => stateOf(definition, connection, name)))];
  });
  return new Map(await Promise.all(states));

  async function stateOf({ source }: SectionDefinition, connection: Connection, name: string): Promise<ConnectionState> {
    const coverageTimes = coveredAges(connection, source?.objects(connection) ?? [], coverage);
    const isPushed = connection.connector.streams.length === 0;
    const state = { connection, isPushed, isLate: false, problem: null, freshUntil: null, staleAt: null };
    // In the past the objects were last seen at different times. The newest is the best estimate of the section's age.
    if (reader.at !== null) return withAge({ ...state, observedAt: Math.max(0, ...coverageTimes) || null });
    const fetchedAt = await reader.observation(scopeKey(tenant, connection, node));
    const coveredAt = coverageTimes.length === 0 ? 0 : Math.min(...coverageTimes);
    const agedState = withAge({ ...state, observedAt: Math.max(coveredAt, fetchedAt) || null });
    const objects = source?.objects(connection) ?? [];
    const problem = connectionProblem(connection, name, objects, now) ?? missingProblem(connection, source, agedState);
    return { ...agedState, problem };
  }
}

/**
 * When each object of a connection was last confirmed; 0 for one that never was. An object that the account cannot serve, and that was
 * never pulled, has no values that could age. When that is every object, all of them count.
 */
function coveredAges(connection: Connection, objects: readonly string[], coverage: ReadonlyMap<string, number>): number[] {
  const missingObjects = new Set(
    connection.connector.streams
      .filter(({ name }) => connection.unavailableStreams.has(name))
      .flatMap((stream) => stream.objects),
  );
  const ages = objects.map((object) => ({ object, confirmedAt: coverage.get(coverageName(connection.id, object)) ?? 0 }));
  const servedObjects = ages.filter(({ object, confirmedAt }) => confirmedAt > 0 || !missingObjects.has(object));
  return (servedObjects.length > 0 ? servedObjects : ages).map(({ confirmedAt }) => confirmedAt);
}

/** The problem of a section that has no value because the account cannot serve any of its objects; null otherwise. */
function missingProblem(
  connection: Connection,
  source: SectionDefinition["source"],
  { observedAt }: ConnectionState,
): SectionProblem | null {
  const objects = source?.objects(connection) ?? [];
  const streams = connection.connector.streams.filter((stream) => stream.objects.some((object) => objects.includes(object)));
  const [reason] = streams.flatMap(({ name }) => connection.unavailableStreams.get(name)?.reason ?? []);
  const isMissing = streams.length > 0 && streams.every(({ name }) => connection.unavailableStreams.has(name));
  return observedAt === null && isMissing && reason !== undefined
    ? { code: "unavailable", message: reason, since: null, retryAt: null }
    : null;
}

/** Pushed records do not age: the next one arrives when something happens. */
function withAge(state: ConnectionState): ConnectionState {
  const { connection, observedAt, isPushed } = state;
  if (observedAt === null || isPushed) return state;
  return { ...state, freshUntil: observedAt + connection.freshMs, staleAt: observedAt + connection.staleMs };
}

/** The platform's label, with the connection's id when several connections feed the section. */
function nameAmong({ id, platform }: Connection, feeding: readonly Connection[]): string {
  return feeding.length > 1 ? `${platform.label} (${id})` : platform.label;
}

/**
 * The states with the problems of the fetches that were just made, and of earlier ones whose failure is still shown. Nothing is under
 * way for those.
 */
export function withFetchProblems(
  states: ConnectionStates,
  outcomes: readonly FetchOutcome[],
  recentFailures: readonly FetchOutcome[],
  now: number,
): ConnectionStates {
  const byConnection = new Map(outcomes.toReversed().map((outcome) => [outcome.connection, outcome]));
  return new Map(
    [...states].map(([section, connectionStates]) => {
      const feeding = connectionStates.map(({ connection }) => connection);
      return [section, connectionStates.map((state) => withFetchProblem(state, nameAmong(state.connection, feeding)))];
    }),
  );

  function withFetchProblem(state: ConnectionState, name: string): ConnectionState {
    const outcome = byConnection.get(state.connection);
    if (!outcome) return { ...state, problem: state.problem ?? recentProblem(state, name) };
    const problem = fetchProblem(outcome, name, now);
    return problem ? { ...state, problem, isLate: outcome.outcome === "timed_out" } : state;
  }

  function recentProblem({ connection }: ConnectionState, name: string): SectionProblem | null {
    const failure = recentFailures.find((recentFailure) => recentFailure.connection === connection);
    return failure ? fetchProblem(failure, name, now) : null;
  }
}

/**
 * One state for a section. It is as old as the oldest connection that holds records of the customer; when none does, every
 * connection counts, since each could hold some.
 */
export function mergeStates(states: readonly ConnectionState[], records: CustomerRecords): SourceState {
  if (states.length === 0) return noSource;
  const holders = holdingConnections(records);
  const [holding, otherStates] = [states.filter(isHolder), states.filter((state) => !isHolder(state))];
  const contributing = holding.length > 0 ? holding : otherStates;
  // A connection that never answered could hold records of the customer, so its problem counts too.
  const problemState = [...contributing, ...otherStates.filter(({ observedAt }) => observedAt === null)].find(
    ({ problem }) => problem,
  );
  return {
    connections: [...holding, ...otherStates].map(({ connection }) => connection),
    observedAt: oldest(contributing.map(({ observedAt }) => observedAt)),
    freshUntil: earliest(contributing.map(({ freshUntil }) => freshUntil)),
    staleAt: earliest(contributing.map(({ staleAt }) => staleAt)),
    problem: problemState?.problem ?? null,
    isLate: problemState?.isLate ?? false,
    isPushed: contributing.every(({ isPushed }) => isPushed),
  };

  function isHolder({ connection }: ConnectionState): boolean {
    return holders.has(connection.id);
  }
}

const connectionsOfCustomers = new WeakMap<CustomerRecords, ReadonlySet<string>>();

/** Connections that hold records of the customer. Each section needs them. */
function holdingConnections(customer: CustomerRecords): ReadonlySet<string> {
  const computed = connectionsOfCustomers.get(customer);
  if (computed) return computed;
  const { people, company, tickets, ratings, opportunities, activities, cases, usage } = customer;
  const connections = new Set<string>();
  const lists = [company?.records ?? [], tickets, ratings, opportunities, activities, cases, usage];
  for (const records of [...people.values(), ...lists]) for (const { connection } of records) connections.add(connection);
  connectionsOfCustomers.set(customer, connections);
  return connections;
}

/** Null when one is unknown. */
const oldest = (instants: readonly (number | null)[]): number | null => (instants.includes(null) ? null : earliest(instants));

function earliest(instants: readonly (number | null)[]): number | null {
  const knownInstants = instants.filter((instant) => instant !== null);
  return knownInstants.length === 0 ? null : Math.min(...knownInstants);
}

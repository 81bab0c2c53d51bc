import { readdirSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { actionNames, rightsOf } from "../security/roles.ts";
import type { PersonSession } from "../security/sessions.ts";
import { type Actor, localOperator } from "./actor.ts";
import type { Access, Service, ServiceContext } from "./service.ts";

type AnyService = Service<ServiceContext, never, unknown>;

const withRole = (role: Actor["role"], sessionRef: string | null = null): Actor => ({
  ...localOperator("acme"),
  role,
  rights: rightsOf(role),
  sessionRef,
});

const actors = {
  commandLine: localOperator("acme"),
  admin: withRole("admin"),
  service: withRole("service"),
  agent: withRole("agent"),
  rep: withRole("rep"),
  agentSession: withRole("agent", "zendesk.ticket:1"),
  adminSession: withRole("admin", "zendesk.ticket:1"),
  /** An agent who signed in at a ticket. */
  person: {
    ...withRole("agent"),
    person: { ref: "zendesk.user:7", name: null },
    signIn: { session: {} as PersonSession, readableRefs: ["zendesk.ticket:"] },
  },
};
type ActorName = keyof typeof actors;

const operators: ActorName[] = ["commandLine", "admin"];
const logReaders: ActorName[] = [...operators, "service"];
const keys: ActorName[] = [...logReaders, "agent", "rep"];
const keysAndPeople: ActorName[] = [...keys, "person"];
const everyone: ActorName[] = [...keysAndPeople, "agentSession", "adminSession"];

/** Who may call each service. A new service needs a line here. */
const allowed: Record<string, ActorName[]> = {
  "actions/addNote": everyone,
  "actions/deleteNote": everyone,
  "actions/followUp": everyone,
  "actions/getAction": everyone,
  "actions/listPins": everyone,
  "actions/pin": everyone,
  "actions/recordInsert": everyone,
  "actions/refreshCustomer": everyone,
  "actions/reveal": [...operators, "adminSession"],
  "alerts/acknowledgeAlert": operators,
  "alerts/listAlerts": logReaders,
  "alerts/muteAlert": operators,
  "alerts/testChannel": operators,
  "auditEntries/listAuditEntries": operators,
  "calls/listCalls": operators,
  "cards/getCards": everyone,
  "canaries/listCanaries": operators,
  "canaries/promoteCanary": operators,
  "canaries/startCanary": operators,
  "canaries/stopCanary": operators,
  "config/changeConfig": operators,
  "config/getConfig": operators,
  "config/getConfigVersion": operators,
  "config/listConfigVersions": operators,
  "config/rollbackConfig": operators,
  "conflicts/listConflicts": operators,
  "conflicts/resolveConflict": operators,
  "connections/actOnConnection": operators,
  "connections/listConnections": logReaders,
  "connections/retryConnection": operators,
  "consoleSessions/createConsoleSession": logReaders,
  "consoleSessions/endConsoleSession": logReaders,
  "consoleSessions/getConsoleSession": logReaders,
  "consoleSessions/renewConsoleSession": logReaders,
  "contexts/getContext": everyone,
  "contexts/getContexts": keysAndPeople,
  "contexts/getTimeline": keysAndPeople,
  "contexts/refreshContext": keysAndPeople,
  "contexts/watchContext": everyone,
  "costs/getCostReport": logReaders,
  "costs/getCosts": logReaders,
  "customers/listCustomers": keysAndPeople,
  "deliveries/getDelivery": operators,
  "deliveries/listDeliveries": operators,
  "deliveries/previewRetry": operators,
  "deliveries/retryDeliveries": operators,
  "deliveries/retryDelivery": operators,
  "events/getEvent": logReaders,
  "events/listEvents": logReaders,
  "events/listReplays": operators,
  "events/previewReplay": operators,
  "events/startReplay": operators,
  "events/stopReplay": operators,
  "fields/listFields": operators,
  "freshness/getFreshness": logReaders,
  "identity/checkRecord": keys,
  "identity/dismissCandidates": keys,
  "identity/getIdentity": everyone,
  "identity/getDuplicates": keys,
  "identity/getModel": keys,
  "identity/linkIdentity": everyone,
  "identity/listCandidates": keys,
  "identity/listDecisions": keys,
  "identity/listStrikes": keys,
  "identity/mergeIdentities": keys,
  "identity/splitIdentity": keys,
  "identity/undoDecisions": everyone,
  "identity/unlinkIdentity": everyone,
  "keys/createKeys": operators,
  "keys/listKeys": operators,
  "keys/revokeKey": operators,
  "overview/getOverview": logReaders,
  "overview/watchOverview": logReaders,
  "panels/getLayout": everyone,
  "quality/getCustomerQuality": logReaders,
  "quality/getQuality": logReaders,
  "quality/getQualityReport": logReaders,
  "quarantine/discardMessage": operators,
  "quarantine/listQuarantine": operators,
  "quarantine/releaseMessage": operators,
  "routes/listRoutes": operators,
  "routes/testRoutes": operators,
  "search/search": logReaders,
  "sessions/createSession": keys,
};

/** Services without an actor: signed by their senders, or what makes an actor. */
const servicesWithoutActor = ["webhooks/receiveWebhook", "actors/authenticate"];

const folder = fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .map((file) => file.replaceAll("\\", "/"))
  .filter((file) => /^\w+\/\w+\.ts$/.test(file));

async function servicesIn(file: string): Promise<[string, AnyService][]> {
  const module = (await import(pathToFileURL(`${folder}${file}`).href)) as Record<string, unknown>;
  const noun = file.slice(0, file.indexOf("/"));
  return Object.entries(module)
    .filter((entry): entry is [string, AnyService] => typeof entry[1] === "function" && "access" in entry[1])
    .map(([verb, service]) => [`${noun}/${verb}`, service]);
}

/** Reports by an error that the service got past its authorization. */
const authorizedSignal = new Error("the service was authorized");
const untouchable = new Proxy({}, { get: () => throwReached(), has: () => throwReached() });
function throwReached(): never {
  throw authorizedSignal;
}

/** `allowed` when the service starts its work, else the code of its error. */
async function outcome(service: AnyService, actor: Actor): Promise<string> {
  const context: ServiceContext = { served: untouchable as never, actor, audit: () => throwReached() };
  try {
    await service(context, { target: untouchable, refs: ["zendesk.ticket:1"] } as never);
    return "finished without its tenant";
  } catch (error) {
    return error === authorizedSignal ? "allowed" : String((error as { code?: unknown }).code ?? error);
  }
}

describe("the authorization of services", async () => {
  const services = new Map((await Promise.all(files.map(servicesIn))).flat());

  it("has a case for every service, and no other case", () => {
    expect([...services.keys()].sort()).toEqual(Object.keys(allowed).sort());
    for (const name of servicesWithoutActor) expect(files).toContain(`${name}.ts`);
  });

  const cases = Object.entries(allowed).flatMap(([name, names]) =>
    Object.keys(actors).map((actor) => ({ name, actor, expected: names.includes(actor as ActorName) ? "allowed" : "forbidden" })),
  );
  it.each(cases)("$name called by $actor is $expected", async ({ name, actor, expected }) => {
    const service = services.get(name);
    if (!service) throw new Error(`there is no service ${name}`);
    expect(await outcome(service, actors[actor as ActorName])).toBe(expected);
  });

  it("uses every kind of access", () => {
    const kinds: Access[] = ["session", "own", "context", "events", "operate", "identify", "identifyOwn"];
    const actions = actionNames.filter((name) => name !== "identify").map((name): Access => `act:${name}`);
    expect(new Set([...services.values()].map((service) => service.access))).toEqual(new Set([...kinds, ...actions]));
  });
});

import { problemCodes } from "@sidelight/contracts/errors/problem.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness, type RequestOptions, type RoleName } from "../harness/harness.ts";

type Caller = RoleName | "agentSession" | "adminSession" | "stranger";
const callers: Caller[] = ["admin", "service", "agent", "rep", "agentSession", "adminSession", "stranger"];
const ref = "zendesk.ticket:1";

const operators: Caller[] = ["admin"];
const logReaders: Caller[] = [...operators, "service"];
const keys: Caller[] = [...logReaders, "agent", "rep"];
const ownContext: Caller[] = [...keys, "agentSession", "adminSession"];

/** Who may use each operation of the document. A new operation needs a line here. */
const allowed: Record<string, Caller[]> = {
  getContext: ownContext,
  streamContext: ownContext,
  refreshContext: keys,
  getContexts: keys,
  getCards: ownContext,
  getLayout: ownContext,
  createSession: keys,
  getTimeline: keys,
  addNote: ownContext,
  deleteNote: ownContext,
  pin: ownContext,
  createFollowUp: ownContext,
  revealValues: [...operators, "adminSession"],
  refreshCustomer: ownContext,
  recordInsert: ownContext,
  getAction: ownContext,
  getPins: ownContext,
  getAudit: operators,
  getCostReport: logReaders,
  getCosts: logReaders,
  getCustomers: keys,
  getEvents: logReaders,
  getEvent: logReaders,
  getAlerts: logReaders,
  acknowledgeAlert: operators,
  muteAlert: operators,
  testAlertChannel: operators,
  getQuality: logReaders,
  getQualityReport: logReaders,
  getConnections: logReaders,
  retryConnection: operators,
  actOnConnection: operators,
  getOverview: logReaders,
  watchOverview: logReaders,
  search: logReaders,
  getCalls: operators,
  getQuarantine: operators,
  releaseQuarantined: operators,
  discardQuarantined: operators,
  replayEvents: operators,
  getReplays: operators,
  stopReplay: operators,
  getDeliveries: operators,
  getDelivery: operators,
  retryDelivery: operators,
  retryDeliveries: operators,
  getConflicts: operators,
  resolveConflict: operators,
  getFields: operators,
  getRoutes: operators,
  testRoutes: operators,
  getConfig: operators,
  getConfigVersions: operators,
  getConfigVersion: operators,
  rollbackConfig: operators,
  changeConfig: operators,
  startCanary: operators,
  getCanaries: operators,
  stopCanary: operators,
  promoteCanary: operators,
  getFreshness: logReaders,
  getIdentity: ownContext,
  getIdentityCandidates: keys,
  getIdentityModel: keys,
  getIdentityReport: keys,
  checkIdentity: keys,
  dismissCandidates: keys,
  getIdentityStrikes: keys,
  getIdentityDecisions: keys,
  linkIdentity: ownContext,
  unlinkIdentity: ownContext,
  mergeIdentities: keys,
  splitIdentity: keys,
  undoDecisions: ownContext,
};
const streams = ["streamContext", "watchOverview"];
/** Signed by its sender. */
const withoutKey = ["postWebhook", "openPanel"];

const bodies: Record<string, unknown> = {
  addNote: { ref, body: "A note." },
  deleteNote: { ref, note: "note_1" },
  pin: { ref, pinned: true },
  createFollowUp: { ref, subject: "Call", dueDate: "2026-12-01" },
  revealValues: { ref, pointers: ["/customer/email"], reason: "A call back." },
  refreshCustomer: { ref },
  recordInsert: { ref, into: ref, as: "internal_note", what: "summary", characters: 10 },
  getContexts: { refs: [ref] },
  createSession: { ref },
  search: { query: "5158" },
  resolveConflict: { platform: "salesforce" },
  replayEvents: { to: "zendesk", since: "2026-11-20T00:00:00Z", preview: true },
  retryDeliveries: { cause: "misconfigured" },
  muteAlert: { minutes: 60 },
  testAlertChannel: { channel: "slack" },
  testRoutes: { ref },
  rollbackConfig: { version: "v00000000" },
  startCanary: { base: "v00000000", text: "timeZone: UTC", reason: "A try", share: 0.1 },
  changeConfig: { base: "v00000000", text: "timeZone: UTC" },
  checkIdentity: { record: { name: "Ann Lee" } },
  dismissCandidates: { candidates: ["a.b"] },
  linkIdentity: { ref, to: ref },
  unlinkIdentity: { ref },
  mergeIdentities: { into: ref, from: ref },
  splitIdentity: { id: ref, refs: [ref] },
  undoDecisions: { decisions: ["dec_1"] },
};

let harness: Harness;
const paths = new Map<string, { method: string; path: string }>();
const sessions = new Map<Caller, string>();
beforeAll(async () => {
  harness = await openHarness({ pull: false });
  const document = (await harness.request("/openapi.json")).body as {
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  for (const [path, methods] of Object.entries(document.paths))
    for (const [method, { operationId }] of Object.entries(methods))
      paths.set(operationId, { method: method.toUpperCase(), path });
  for (const [caller, role] of [
    ["agentSession", "agent"],
    ["adminSession", "admin"],
  ] as const)
    sessions.set(caller, (await harness.request("/v1/sessions", { role, method: "POST", body: { ref } })).body.token);
});
afterAll(() => harness.close());

function credentials(caller: Caller): RequestOptions {
  if (caller === "stranger") return { role: null };
  const session = sessions.get(caller);
  return session === undefined ? { role: caller as RoleName } : { role: null, headers: { authorization: `Bearer ${session}` } };
}

async function statusFor(name: string, caller: Caller): Promise<number> {
  const { method, path } = paths.get(name)!;
  const url = path
    .replace("{ref}", encodeURIComponent(ref))
    .replace("{action}", "pull")
    .replaceAll(/\{\w+\}/g, "x");
  const callerOptions = credentials(caller);
  const options: RequestOptions = {
    ...callerOptions,
    method,
    headers: { "idempotency-key": `${name} ${caller}`, ...callerOptions.headers },
    ...(bodies[name] ? { body: bodies[name] } : {}),
  };
  if (!streams.includes(name)) return (await harness.request(url, options)).status;
  // A stream has no end: its head is enough.
  const token = options.headers?.["authorization"] ?? (options.role ? `Bearer ${harness.keys["acme"]![options.role]}` : null);
  const response = await harness.app.request(url, token ? { headers: { authorization: token } } : {});
  await response.body?.cancel();
  return response.status;
}

describe("the key of a panel opens contexts only", () => {
  it("and the table names every operation", () => {
    expect([...paths.keys()].sort()).toEqual([...Object.keys(allowed), ...withoutKey].sort());
  });

  it.each(Object.entries(allowed))("%s is open to its callers and closed to all others", async (name, names) => {
    for (const caller of callers) {
      const status = await statusFor(name, caller);
      if (caller === "stranger") expect([caller, status]).toEqual([caller, problemCodes.unauthenticated.status]);
      else if (names.includes(caller)) expect([401, 403], caller).not.toContain(status);
      else expect([caller, status]).toEqual([caller, problemCodes.forbidden.status]);
    }
  });

  it("a panel session reads no other customer", async () => {
    const options = credentials("agentSession");
    for (const path of ["/v1/context/zendesk.ticket:2", "/v1/context/zendesk.ticket:2/stream"])
      expect((await harness.request(path, options)).status, path).toBe(403);
  });

  it("the document for Salesforce flows names only operations that the role rep may use", async () => {
    const document = (await harness.request("/openapi/external-services.json", { role: null })).body as {
      paths: Record<string, Record<string, { operationId: string }>>;
    };
    const names = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((o) => o.operationId));
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) expect(allowed[name], name).toContain("rep");
  });
});

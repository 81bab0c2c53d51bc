import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import type { SuggestionList } from "@sidelight/contracts/identity/evidence.ts";
import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import type { IdentityModel } from "@sidelight/contracts/identity/model.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { scaled } from "@sidelight/test-support/timeScale.ts";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";

// The leader's match where the configuration lets the model link: links, suggestions and strikes that outlive the process.
let harness: Harness;

function person(ref: string, name: string, emails: string[], phones: string[] = []): RecordInput {
  const [type = ""] = ref.split(":");
  const [platform = "", object = ""] = type.split(".");
  const identifiers = [
    ...emails.map((value) => ({ kind: "email" as const, value })),
    ...phones.map((value) => ({ kind: "phone" as const, value })),
  ];
  return {
    ...{ ref, platform, connection: platform, object, subject: ref, changedAt: 1, observedAt: 1, identifiers, edges: [] },
    data: { kind: "person", name, emails, phones, title: null, optedOut: false },
  };
}

const user = person("zendesk.user:990001", "Marisol Quintanilla", ["marisol@quintanilla.example"], ["+493012345678"]);
const contact = person(
  "salesforce.contact:003000000000001AAA",
  "Marisol Quintanilla",
  ["m.quintanilla@quintanilla.example"],
  ["+493012345678"],
);
const [tom, otherTom] = [
  person("zendesk.user:990002", "Tom Lee", ["tom@other.example"]),
  person("salesforce.contact:003000000000002AAA", "Tom Lee", ["tlee@third.example"]),
];
const atHome = (ref: string, birthDate: string): RecordInput => {
  const { data, ...record } = person(ref, "Ferdinand Oakenshaw", []);
  const address = { line: "9 Larkspur Rise", locality: "Leeds", postcode: "LS1 4AP" };
  return { ...record, data: { ...data, address, birthDate } as RecordInput["data"] };
};
const [parent, child] = [
  atHome("zendesk.user:990003", "1952-03-14"),
  atHome("salesforce.contact:003000000000003AAA", "1984-11-27"),
];
const visitors = Array.from({ length: 60 }, (_, n) =>
  person(`zendesk.user:${991_000 + n}`, `Visitor ${String.fromCharCode(65 + (n % 26))}${n}`, ["lobby@shared-house.example"]),
);

beforeAll(async () => {
  harness = await openHarness({
    configure: (config: ConfigTree) => {
      config.tenants.acme.connections = [];
      config.tenants.acme.identity = { automatic: "link" };
    },
  });
  await harness.runtime.tenants
    .get("acme")!
    .tenant.log.commit({ records: [user, contact, tom!, otherTom!, parent!, child!, ...visitors], correlationId: "test" });
}, scaled(60_000));
afterAll(() => harness.close());

const get = async <T>(path: string, options: RequestOptions = {}): Promise<T> => (await harness.request<T>(path, options)).body;
const identityOf = (ref: string, options: RequestOptions = {}) =>
  get<Identity>(`/v1/identity/${encodeURIComponent(ref)}`, options);
const decisions = async (): Promise<Decision[]> => (await get<{ items: Decision[] }>("/v1/identity/decisions")).items;
const candidates = (query: string) => get<SuggestionList>(`/v1/identity/candidates${query}`);
const matches = (): number => harness.logged.filter((line) => line.includes("records matched")).length;
const nextMatch = async (): Promise<void> => {
  const count = matches();
  await advanceUntil(harness.clock, 10_000, "the next match", () => matches() > count);
};

it(
  "two records that the model takes for one person are one customer after the leader's match, with its reasons",
  async () => {
    await nextMatch();
    const { members, history } = await identityOf(user.ref);
    expect(members.map(({ ref }) => ref).sort()).toEqual([contact.ref, user.ref]);
    expect(members.find(({ link }) => link.by === "model")?.link).toMatchObject({ rule: "model", modelVersion: "shipped-1" });
    expect(history).toMatchObject([{ type: "linked", actor: { kind: "model", id: "shipped-1" }, modelVersion: "shipped-1" }]);
    expect(history[0]?.reasons).toContainEqual(
      expect.objectContaining({ rule: "phone", values: [{ label: "phone", value: "+493012345678" }] }),
    );
    const maskedIdentity = await identityOf(user.ref, { role: "agent" });
    expect(JSON.stringify(maskedIdentity)).not.toContain("+493012345678");
    const { items } = await candidates("?state=linked");
    expect(items).toMatchObject([{ state: "linked", decision: history[0]?.id }]);
  },
  scaled(60_000),
);

it("two records of one name at one address stay two customers when their birth dates are those of two people", async () => {
  expect((await identityOf(parent!.ref)).members.map(({ ref }) => ref)).toEqual([parent!.ref]);
  expect((await identityOf(child!.ref)).members.map(({ ref }) => ref)).toEqual([child!.ref]);
});

it(
  "what is less certain is suggested, with the values that agree, and outlives a restart",
  async () => {
    const candidatesBefore = await candidates("?kind=person");
    expect(candidatesBefore.items).toHaveLength(1);
    expect(candidatesBefore.items[0]).toMatchObject({ state: "open", decision: null, modelVersion: "shipped-1" });
    expect(candidatesBefore.items[0]?.reasons).toContainEqual(
      expect.objectContaining({ text: "the same name", values: [{ label: "name", value: "Tom Lee" }] }),
    );
    expect(candidatesBefore.items[0]?.reasons.find(({ text }) => text === "different e-mail addresses")?.values).toEqual([]);
    await harness.restart();
    expect(await candidates("?kind=person")).toEqual(candidatesBefore);
    expect(await get<IdentityModel>("/v1/identity/model")).toMatchObject({
      ...{ version: "shipped-1", mode: "link", thresholds: { automatic: 0.99, suggest: 0.5858 } },
    });
  },
  scaled(60_000),
);

it(
  "a link that a person undid is not made again by the next match",
  async () => {
    const [link] = await decisions();
    await harness.request("/v1/identity/undo", { method: "POST", role: "agent", body: { decisions: [link!.id] } });
    expect((await identityOf(user.ref)).members).toHaveLength(1);
    expect((await candidates("?state=linked")).items).toEqual([]);
    await nextMatch();
    expect((await identityOf(user.ref)).members).toHaveLength(1);
    expect(await decisions()).toHaveLength(2);
    expect((await candidates("")).items).toHaveLength(2);
  },
  scaled(60_000),
);

it(
  "an identifier that too many records hold is an alert and an event, without its value",
  async () => {
    const strikes = await get<{ items: object[] }>("/v1/identity/strikes");
    expect(strikes.items).toMatchObject([{ value: "lobby@shared-house.example", holders: 60, reason: "over_cap" }]);
    const alerts = await get<{ items: { kind: string; count: number }[] }>("/v1/alerts?state=open");
    expect(alerts.items.filter(({ kind }) => kind === "identifiers_struck")).toMatchObject([{ count: 1 }]);
    const events = await get<{ items: object[] }>("/v1/events?type=identity.struck");
    expect(events.items).toMatchObject([{ data: { kind: "email", holders: 60, reason: "over_cap" } }]);
    expect(JSON.stringify([events, alerts])).not.toContain("lobby@");
  },
  scaled(60_000),
);

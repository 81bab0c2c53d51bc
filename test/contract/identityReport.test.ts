import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { report as printReport } from "@sidelight/context-api/cli/identity/report.ts";
import type { DuplicateReport } from "@sidelight/contracts/identity/duplicates.ts";
import type { PersonData, RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { captureOutput } from "../harness/capturedOutput.ts";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";

// Records that a platform has twice.
let harness: Harness;
const ada = "zendesk.user:1";
const adaAgain = "zendesk.user:2";
const bob = "zendesk.user:3";
const robert = "zendesk.user:4";

function record(ref: string, fields: Pick<RecordInput, "data"> & Partial<RecordInput>): RecordInput {
  const [platform = "", object = ""] = (ref.split(":")[0] ?? "").split(".");
  const source = { ref, platform, connection: platform, object, subject: ref, changedAt: 1, observedAt: 1 };
  return { ...source, identifiers: [], edges: [], ...fields };
}

const person = (ref: string, name: string, email: string, data: Partial<PersonData> = {}): RecordInput =>
  record(ref, {
    identifiers: [{ kind: "email", value: email }],
    data: { kind: "person", name, emails: [email], phones: [], title: null, optedOut: false, ...data },
  });

const ticket = (id: number, requester: string): RecordInput => {
  const createdAt = "2026-11-20T09:00:00.000Z";
  const times = { createdAt, updatedAt: createdAt, solvedAt: null, resolutionMinutes: null };
  return record(`zendesk.ticket:${id}`, {
    subject: requester,
    edges: [{ rel: "requester", to: requester }],
    data: { kind: "ticket", subject: "Help", status: "open", priority: null, ...times },
  });
};

beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure: (config: ConfigTree) => {
      config.tenants.acme.connections = [];
    },
  });
  await harness.runtime.tenants.get("acme")!.tenant.log.commit({
    records: [
      person(ada, "Ada Moss", "ada@moss.example", { phones: ["+4930111222"], title: "Chief" }),
      person(adaAgain, "Ada Moss", "ada@moss.example"),
      person("salesforce.contact:0035g0000000001AAA", "Ada Moss", "ada@moss.example"),
      ticket(1, adaAgain),
      ticket(2, adaAgain),
      person(bob, "Bob Raymond", "bob@raymond-mills.example"),
      person(robert, "Robert Raymond", "robert.raymond@raymond-mills.example"),
      ticket(3, robert),
    ],
    correlationId: "test",
  });
});
afterAll(() => harness.close());

const report = async (query = "", role: "admin" | "agent" = "admin"): Promise<DuplicateReport> =>
  (await harness.request(`/v1/identity/report${query}`, { role })).body;

describe("sidelight identity report", () => {
  const run = async (options: object, env: Record<string, string>): Promise<string> => {
    const output = captureOutput();
    try {
      await printReport(options, { env } as never);
      return output.text();
    } finally {
      output.restore();
    }
  };

  it("prints what should be kept and merged, through the API and from a store that is not served", async () => {
    const line = `new joined  keep ${ada}, merge ${adaAgain}: It has more filled fields: 4 against 2. moves 2 zendesk.ticket`;
    vi.stubGlobal(
      "fetch",
      async (url: URL, init: RequestInit) => await harness.app.request(`${url.pathname}${url.search}`, init),
    );
    try {
      const addresses = { url: "http://localhost:9", platform: "zendesk" };
      expect(await run(addresses, { SIDELIGHT_API_KEY: harness.keys["acme"]!.admin })).toContain(line);
    } finally {
      vi.unstubAllGlobals();
    }
    await harness.stop();
    const env = {
      SIDELIGHT_CONFIG: join(harness.directory, "sidelight.yaml"),
      SIDELIGHT_DATA: harness.directory,
      ...(harness.databaseUrl === null ? {} : { SIDELIGHT_DATABASE_URL: harness.databaseUrl }),
    };
    const out = join(harness.directory, "duplicates.json");
    // The clock of a command is that of the machine.
    await run({ tenant: "acme", format: "json", out }, env);
    expect(JSON.parse(await readFile(out, "utf8"))).toMatchObject({ groups: [{ object: "zendesk.user", joined: { count: 1 } }] });
    await harness.restart({ pull: false });
  });
});

describe("the report of duplicates", () => {
  it("names the record that should stay, why, and what would move", async () => {
    const { groups } = await report();
    expect(groups).toMatchObject([
      {
        ...{ platform: "zendesk", connection: "zendesk", object: "zendesk.user" },
        ...{ joined: { count: 1, new: 1 }, possible: { count: 1, new: 1 } },
      },
    ]);
    const [joinedPair, possible] = ["joined", "possible"].map((state) => groups[0]?.pairs.find((pair) => pair.state === state));
    expect(joinedPair).toMatchObject({
      ...{ survivor: { ref: ada, references: 0 }, duplicate: { ref: adaAgain, references: 2 } },
      ...{ moves: [{ object: "zendesk.ticket", count: 2 }], candidate: null, isNew: true },
    });
    expect(joinedPair?.why).toContain("more filled fields");
    expect(joinedPair?.reasons.map(({ rule }) => rule)).toContain("email");
    // Both are as complete, so that the ticket decides.
    expect(possible).toMatchObject({ survivor: { ref: robert }, duplicate: { ref: bob }, moves: [] });
    expect(possible?.candidate).toContain(".");
  });

  it("is masked for an agent", async () => {
    const maskedReport = await report("", "agent");
    expect(JSON.stringify(maskedReport)).not.toContain("ada@moss.example");
    expect(maskedReport.masked.length).toBeGreaterThan(0);
  });

  it("is a page without scripts for mail", async () => {
    const { headers, text } = await harness.request("/v1/identity/report?format=html");
    expect(headers.get("content-type")).toContain("text/html");
    expect(text).toContain("Duplicates of acme");
    expect(text).not.toContain("<script");
  });

  it("counts and lists what was decided in these days, also what was undone", async () => {
    const { groups } = await report();
    const candidate = groups[0]?.pairs.find(({ state }) => state === "possible")?.candidate;
    const decide = async (verb: string, body: object): Promise<string> =>
      (await harness.request(`/v1/identity/${verb}`, { method: "POST", body })).body.decisions[0].id;
    expect((await report()).resolved).toEqual({ merged: 0, linked: 0, dismissed: 0, undone: 0, pairs: [] });
    const dismissal = await decide("dismiss", { candidates: [candidate] });
    await decide("undo", { decisions: [dismissal] });
    const merge = await decide("merge", { into: bob, from: robert });
    const { resolved } = await report("?platform=zendesk");
    expect(resolved).toMatchObject({ merged: 1, linked: 0, dismissed: 1, undone: 1 });
    expect(resolved.pairs).toMatchObject([
      {
        decision: merge,
        type: "merged",
        by: "person",
        undone: false,
        records: [{ ref: bob }, { ref: robert, label: "Robert Raymond" }],
      },
      { decision: dismissal, type: "dismissed", undone: true },
    ]);
    expect((await report("?platform=salesforce")).resolved).toMatchObject({ merged: 0, dismissed: 0 });
    const { text } = await harness.request("/v1/identity/report?format=html");
    expect(text).toContain("1 merged, 0 linked, 1 kept apart");
    await decide("undo", { decisions: [merge] });
  });

  it("marks nothing as new after a week, and lists no decision", async () => {
    harness.clock.advance(8 * 86_400_000);
    const { groups, resolved } = await report();
    expect(resolved).toMatchObject({ merged: 0, dismissed: 0, pairs: [] });
    expect(groups[0]).toMatchObject({ joined: { count: 1, new: 0 }, possible: { count: 1, new: 0 } });
    expect(groups[0]?.pairs.map(({ isNew }) => isNew)).toEqual([false, false]);
  });
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { type ApiResponse, type ConfigTree, type Harness, openHarness, type RequestOptions } from "../harness/harness.ts";
import { type FieldPerson, fieldPeople } from "../harness/sharedFields.ts";

let harness: Harness;
let person: FieldPerson;
let ref: string;
beforeAll(async () => {
  harness = await openHarness({
    configure: (config: ConfigTree) => {
      config.tenants.acme.fields = {
        jobTitle: { preset: "jobTitle" },
        region: { kind: "company", platforms: { salesforce: "BillingCountry" }, owner: "salesforce" },
      };
      config.tenants.acme.panel = {
        layouts: [
          { when: { place: "ticket_sidebar" }, facts: ["arr", "field:jobTitle"], rows: ["field:region"] },
          { when: { place: "ticket_sidebar", role: "rep" }, sections: ["support"] },
          { labels: { arr: { en: "Contract value", de: "Vertragswert" }, "field:jobTitle": { en: "Position" } } },
        ],
      };
    },
  });
  person = (await fieldPeople(harness, 1))[0]!;
  ref = `zendesk.user:${person.user}`;
});
afterAll(() => harness?.close());

const read = (query = "", options: RequestOptions = { role: "agent" }): Promise<ApiResponse<Context>> =>
  harness.request<Context>(`/v1/context/${encodeURIComponent(ref)}${query}`, options);

describe("a context with the layout of a place", () => {
  it("is without a place what it was, and with one it has the layout at its end", async () => {
    const [plain, laidOut] = [await read(), await read("?place=ticket_sidebar")];
    expect(plain.body).not.toHaveProperty("layout");
    const { layout, ...context } = laidOut.body;
    expect(context).toEqual(plain.body);
    expect(laidOut.text.startsWith(plain.text.slice(0, -1))).toBe(true);
    expect(layout).toMatchObject({ config: plain.body.config, sections: null, facts: ["arr", "field:jobTitle"] });
    expect(layout?.fields).toEqual([
      { key: "field:jobTitle", label: "Position", section: "account", type: "text" },
      { key: "field:region", label: "Region", section: "account", type: "text" },
    ]);
  });

  it("is that of the reader's role, place and language, also when memory answers for another one", async () => {
    const agent = await read("?place=ticket_sidebar&locale=de");
    const rep = await read("?place=ticket_sidebar&locale=de", { role: "rep" });
    const other = await read("?place=user_sidebar");
    expect([agent, rep, other].map(({ body }) => [body.layout?.sections, body.layout?.labels["arr"]])).toEqual([
      [null, "Vertragswert"],
      [["support"], "Vertragswert"],
      [null, "Contract value"],
    ]);
    expect(new Set([agent, rep, other].map(({ headers }) => headers.get("etag"))).size).toBe(3);
    expect(other.headers.get("x-sidelight-tier")).toBe("memory");
  });

  it("has an ETag over the layout too: a 304 only for the same place", async () => {
    const etag = (await read("?place=ticket_sidebar")).headers.get("etag")!;
    const headers = { "if-none-match": etag };
    expect((await read("?place=ticket_sidebar", { role: "agent", headers })).status).toBe(304);
    expect((await read("?place=user_sidebar", { role: "agent", headers })).status).toBe(200);
    expect((await read("", { role: "agent", headers })).status).toBe(200);
  });

  it("comes for addresses and after a refresh too", async () => {
    const body = { refs: [`email:${person.person.email}`], place: "ticket_sidebar", locale: "de" };
    const { items } = (await harness.request("/v1/contexts", { method: "POST", role: "agent", body })).body;
    expect(items[0].layout.labels.arr).toBe("Vertragswert");
    const path = `/v1/context/${encodeURIComponent(ref)}/refresh?place=user_sidebar`;
    expect((await harness.request<Context>(path, { method: "POST", role: "agent" })).body.layout?.facts).toBe(null);
  });

  it("refuses a place that does not exist", async () => {
    expect((await read("?place=sidebar")).body).toMatchObject({ code: "invalid_request" });
  });
});

describe("a mapped field that a layout names", () => {
  it("is in the section of its owner, with the record that it comes from", async () => {
    const { account, support } = (await read("", { role: "service" })).body.sections;
    const contact = harness.lab.tenants["acme"]!.world.salesforce.tables.Contact.get(person.contact)!;
    expect(account?.data?.fields).toHaveProperty("jobTitle", contact["Title"]);
    expect(account?.data?.fields).toHaveProperty("region");
    expect(support?.data).not.toHaveProperty("fields");
    expect(account?.provenance["/fields/jobTitle"]).toMatchObject({
      record: `salesforce.contact:${person.contact}`,
      rule: "mapped: jobTitle",
    });
  });
});

describe("a changed configuration", () => {
  it("changes the layout of the next answer without a restart, and a field that no layout names any more is gone", async () => {
    const before = await read("?place=ticket_sidebar");
    const file = join(harness.directory, "sidelight.yaml");
    const config = parse(await readFile(file, "utf8"));
    config.tenants.acme.panel.layouts = [{ sections: ["health", "notes"], thresholds: { oldTicketHours: 5 } }];
    await writeFile(file, stringify(config));
    await harness.runtime.reload();
    const headers = { "if-none-match": before.headers.get("etag")! };
    const { status, body } = await read("?place=ticket_sidebar", { role: "agent", headers });
    expect(status).toBe(200);
    expect(body.layout).toMatchObject({ sections: ["health", "notes"], facts: null, thresholds: { oldTicketHours: 5 } });
    expect(body.layout?.config).not.toBe(before.body.layout?.config);
    expect(body.sections.account?.data).not.toHaveProperty("fields");
  });

  it("with a field that does not exist is refused with its place", async () => {
    const file = join(harness.directory, "sidelight.yaml");
    const text = await readFile(file, "utf8");
    const config = parse(text);
    config.tenants.acme.panel.layouts = [{ facts: ["arr", "field:jobTitel"], rows: ["field:tier"] }];
    await writeFile(file, stringify(config));
    await harness.runtime.reload();
    const { problem } = (await harness.request("/v1/config")).body;
    expect(JSON.stringify(problem)).toContain("field:jobTitel is not a field");
    expect(JSON.stringify(problem)).toContain("did you mean field:jobTitle?");
    expect((await read("?place=ticket_sidebar")).body.layout?.sections).toEqual(["health", "notes"]);
  });
});

import { openReader } from "@sidelight/context-api/log/reader.ts";
import { projectionDigest } from "@sidelight/context-api/log/replay/digest.ts";
import { type Logs, openLogs } from "@sidelight/context-api/log/testLogs.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { A, acc1, M, O, S, Z } from "../harness/situationRecords.ts";

// Other forms of situations in which a wrong link once showed another customer's page: shared hosts, mailboxes of a function, accounts
// with one domain, and ids that differ in their case.
let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

/** `{0,2} {1}`: the first and the third record are one customer. The records come one by one, in this order and in the other one. */
async function customersOf(records: readonly RecordInput[]): Promise<string> {
  const results = await Promise.all([records, records.toReversed()].map((order) => groupsAfter(records, order)));
  expect(results[1]).toBe(results[0]);
  return results[0] ?? "";
}

async function groupsAfter(records: readonly RecordInput[], order: readonly RecordInput[]): Promise<string> {
  const log = await logs.newLog();
  for (const record of order) await log.commit({ records: [record], correlationId: "test" });
  const digest = await projectionDigest(log);
  await logs.writer.send({ kind: "rebuild", tenant: log.tenant });
  expect(await projectionDigest(log)).toBe(digest);
  const nodes = await openReader(log).nodesOf(records.map(({ ref }) => log.key(ref)));
  const groups = Map.groupBy(records.keys(), (i) => nodes.get(log.key(records[i]?.ref ?? "")));
  return [...groups.values()].map((indexes) => `{${indexes.join(",")}}`).join(" ");
}

describe("companies on a shared host", () => {
  it.each(["notion.site", "wixsite.com", "vercel.app", "jimdo.com", "e-monsite.com", "blogspot.fr", "gov.uk"])(
    "stay apart, and each is found by its own name: %s",
    async (host) => {
      const records = [
        A({ Name: "Nord", Website: `https://nord.${host}/start` }),
        O({ name: "Sued", domain_names: [`sued.${host}`] }),
        O({ name: "Nord", domain_names: [`nord.${host}`] }),
      ];
      expect(await customersOf(records)).toBe("{0,2} {1}");
    },
  );

  it.each(["facebook.com/", "x.com/", "t.me/", "linktr.ee/", "sites.google.com/view/", "g.page/", "linkedin.com/company/"])(
    "whose website is a page of a site stay apart: %s",
    async (site) => {
      const records = [
        A({ Name: "Nord", Website: `https://${site}nord` }),
        A({ Name: "Sued", Website: `https://www.${site}sued` }),
        O({ name: "West", domain_names: [site.split("/")[0] ?? ""] }),
      ];
      expect(await customersOf(records)).toBe("{0} {1} {2}");
    },
  );
});

describe("a mailbox of a function", () => {
  it.each([
    "rechnung",
    "facturation",
    "kontakt",
    "ventas",
    "info",
    "hr",
    "billing2",
    "support+eu",
    "kundeservice",
    "billing_dept",
  ])("joins no records, whether their names contradict each other or not: %s", async (mailbox) => {
    const email = `${mailbox}@nord.example`;
    expect(await customersOf([S({ Name: "Mia Ode", Email: email }), Z({ name: "Mia Ode", email }), Z({ email })])).toBe(
      "{0} {1} {2}",
    );
  });

  it.each(["no_reply", "donotreply", "do-not-reply", "noreply2", "no.reply"])(
    "is a placeholder when nobody reads it: %s",
    async (box) => {
      const email = `${box}@nord.example`;
      expect(await customersOf([S({ Name: "Mia Ode", Email: email }), Z({ name: "Mia Ode", email })])).toBe("{0} {1}");
    },
  );

  it("that has the name of the company joins no two people of other names", async () => {
    const email = "nord@nord.example";
    expect(await customersOf([S({ Name: "Mia Ode", Email: email, AccountId: acc1 }), Z({ name: "Max Arp", email })])).toBe(
      "{0} {1}",
    );
  });
});

describe("accounts with one domain", () => {
  it("stay apart, and an organization belongs to the one that has its name", async () => {
    const records = [
      A({ Name: "Nord Holding", Website: "nord.example" }),
      A({ Name: "Nord Logistik", Website: "https://nord.example/logistik" }),
      O({ name: "Nord Logistik GmbH", domain_names: ["nord.example"] }),
    ];
    // Three holders of one contested domain: what the organization is, a person decides.
    expect(await customersOf(records)).toMatch(/^\{0\} /);
    expect(await customersOf(records.slice(0, 2))).toBe("{0} {1}");
  });

  it("of which one is a duplicate stay apart", async () => {
    const records = [A({ Name: "Nord", Website: "nord.example" }), A({ Name: "Nord", Website: "www.nord.example" })];
    expect(await customersOf(records)).toBe("{0} {1}");
  });
});

describe("the id of a user in the product", () => {
  it("joins the records of two sources that write it in other cases", async () => {
    expect(await customersOf([Z({ email: "mia@nord.example", external_id: "USR-9" }), M("usr-9", {})])).toBe("{0,1}");
  });

  it("joins no two users of the product whose ids differ only in case", async () => {
    expect(await customersOf([M("USR-9", {}), M("usr-9", {})])).toBe("{0} {1}");
    const user = Z({ email: "mia@nord.example", external_id: "Usr-9" });
    expect(await customersOf([user, M("USR-9", {}), M("usr-9", {})])).toBe("{0} {1} {2}");
    const exact = Z({ email: "max@nord.example", external_id: "USR-9" });
    expect(await customersOf([exact, M("USR-9", {}), M("usr-9", {})])).toBe("{0,1} {2}");
  });

  it("joins nothing in other cases when the names contradict each other", async () => {
    const user = Z({ name: "Mia Ode", email: "mia@nord.example", external_id: "DESK-1" });
    expect(await customersOf([user, M("desk-1", { $name: "Max Arp" })])).toBe("{0} {1}");
  });
});

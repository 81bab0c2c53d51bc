import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { check } from "@sidelight/context-api/cli/config/check.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Strike } from "@sidelight/contracts/identity/evidence.ts";
import { systemClock } from "@sidelight/model/clock.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { captureOutput } from "../harness/capturedOutput.ts";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { allPlatforms } from "../harness/platforms.ts";
import type { SfRow, ZdOrganization, ZdUser } from "../lab/world/types.ts";

// Values that identify no customer of one tenant, by its configuration: from the platforms through a change of the configuration.
let harness: Harness;
const stamp = "2026-11-20T09:00:00Z";
const times = { CreatedDate: stamp, LastModifiedDate: stamp, SystemModstamp: stamp };
const world = () => harness.lab.tenants["acme"]!.world;
const contactId = (n: number) => world().ids.salesforce.make("Contact", 9_500 + n);
const accountId = (n: number) => world().ids.salesforce.make("Account", 9_500 + n);
const userId = (n: number) => world().ids.zendesk.make("user", 95_000 + n);
const organizationId = (n: number) => world().ids.zendesk.make("organization", 95_000 + n);
const contextOf = async (ref: string): Promise<Context> => (await harness.context(ref)).body;
const customersOf = async (...refs: string[]) =>
  new Set(await Promise.all(refs.map(async (ref) => (await contextOf(ref)).customer?.id ?? ref)));

function putContact(n: number, Name: string, Email: string): void {
  const { Contact } = world().salesforce.tables;
  const [template] = Contact.values();
  const empty = { Secondary_Email__c: null, Phone: null, MobilePhone: null, AccountId: null };
  Contact.put({ ...template!, ...empty, ...times, Id: contactId(n), Name, LastName: Name, Email } as SfRow);
}
function putUser(n: number, name: string, email: string): void {
  const template = [...world().zendesk.users.values()].find(({ role }) => role === "end-user")!;
  const empty = { organization_id: null, external_id: null, phone: null, tags: [], created_at: stamp, updated_at: stamp };
  world().zendesk.users.put({ ...template, ...empty, id: userId(n), name, email } as ZdUser);
}

const evidence = {
  roleMailboxes: ["Lobby-Desk"],
  ignored: { emails: ["walk.in@hotel.example"], domains: ["pages.hotel.example"] },
};
const contact = (n: number) => `salesforce.contact:${contactId(n)}`;
const user = (n: number) => `zendesk.user:${userId(n)}`;

async function withConfig<T>(change: (tenant: ConfigTree) => void, use: (file: string) => Promise<T>): Promise<T> {
  const file = join(harness.directory, "sidelight.yaml");
  const config = parse(await readFile(file, "utf8"));
  change(config.tenants.acme);
  await writeFile(file, stringify(config));
  return await use(file);
}

beforeAll(async () => {
  harness = await openHarness({ pull: false });
  world().change(() => {
    putContact(0, "Mia Ode", "lobby-desk@hotel.example");
    putUser(0, "Mia Ode", "lobby-desk@hotel.example");
    putContact(1, "Tim Arp", "walk.in@hotel.example");
    putUser(1, "Tim Arp", "walk.in@hotel.example");
    putContact(2, "Ann Berg", "ann@hotel.example");
    putUser(2, "Ann Berg", "ann@hotel.example");
    const { Account } = world().salesforce.tables;
    const [account] = Account.values();
    Account.put({
      ...account!,
      ...times,
      Id: accountId(0),
      Name: "Nord",
      ParentId: null,
      Website: "nord.pages.hotel.example",
    } as SfRow);
    const [organization] = world().zendesk.organizations.values();
    const fields = { name: "Nord Mail", domain_names: ["nord.pages.hotel.example"], external_id: null, updated_at: stamp };
    world().zendesk.organizations.put({ ...organization!, ...fields, id: organizationId(0) } as ZdOrganization);
  });
  await harness.restart();
});
afterAll(() => harness.close());

describe("a tenant's own evidence", () => {
  const companies = () => [`salesforce.account:${accountId(0)}`, `zendesk.organization:${organizationId(0)}`];

  it("is absent at first, so that the values join records", async () => {
    for (const n of [0, 1, 2]) expect((await customersOf(contact(n), user(n))).size).toBe(1);
    expect((await customersOf(...companies())).size).toBe(1);
  });

  it("is previewed by config check, with the stored records that have the values and without the values", async () => {
    const output = captureOutput();
    try {
      await withConfig(
        (tenant) => {
          tenant.identity = { evidence };
        },
        async (file) => {
          const env = { SIDELIGHT_DATA: harness.directory, SIDELIGHT_CONFIG: file, SIDELIGHT_LOG: "silent" };
          await check({}, { env, clock: systemClock, platformNames: [], loadPlatforms: async () => allPlatforms });
        },
      );
    } finally {
      output.restore();
    }
    expect(output.text()).toContain("until they are read again");
    expect(output.text()).toContain("ignored.emails.0: 2 stored records");
    expect(output.text()).not.toContain("walk.in");
  });

  it("applies to stored records when they are read again, in each platform", async () => {
    harness.clock.advance(86_400_000);
    await harness.restart();
    await advanceUntil(harness.clock, 1_000, "the pulls", async () => (await customersOf(contact(0), user(0))).size === 2);
    await advanceUntil(harness.clock, 1_000, "the pulls", async () => (await customersOf(contact(1), user(1))).size === 2);
    await advanceUntil(harness.clock, 1_000, "the pulls", async () => (await customersOf(...companies())).size === 2);
    // Other values of the same domain count as before.
    expect((await customersOf(contact(2), user(2))).size).toBe(1);
  });

  it("still finds a mailbox of a function, and shows its candidates", async () => {
    const { match } = await contextOf("email:lobby-desk@hotel.example");
    expect([match.state, match.candidates.length]).toEqual(["ambiguous", 2]);
  });

  it("does not find an ignored value, and asks no platform for it", async () => {
    const calls = harness.requests().length;
    expect((await contextOf("email:walk.in@hotel.example")).match.state).toBe("none");
    expect(harness.requests().length).toBe(calls);
    expect((await contextOf(contact(1))).customer).toMatchObject({ name: "Tim Arp", email: null });
  });

  it("survives a rebuild", async () => {
    await harness.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    for (const n of [0, 1]) expect((await customersOf(contact(n), user(n))).size).toBe(2);
    expect((await customersOf(contact(2), user(2))).size).toBe(1);
  });

  it("is the reason of the strikes", async () => {
    const { tenant } = harness.runtime.tenants.get("acme")!;
    const strikes = async () =>
      (await harness.request<{ items: Strike[] }>(`/v1/identity/${encodeURIComponent(contact(0))}`, { role: "admin" })).body;
    expect(tenant.config.identity.evidence.roleMailboxes).toEqual(["Lobby-Desk"]);
    expect(await strikes()).toMatchObject({
      strikes: [{ kind: "email", value: "lobby-desk@hotel.example", holders: 2, reason: "configured" }],
    });
  });
});

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openReader } from "@sidelight/context-api/log/reader.ts";
import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Event } from "@sidelight/contracts/events/event.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { advanceUntil, advanceUntilSettled } from "@sidelight/test-support/advance.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { organizationOf, outboundMessage, sendCallout, sendOutbound } from "../harness/salesforceWebhook.ts";
import type { SfRow, ZdOrganization, ZdUser } from "../lab/world/types.ts";

// Identifiers as people and integrations really enter them: placeholders, addresses that several people use, national numbers, ids
// that lost their case on the way through a spreadsheet.
let harness: Harness;

const world = () => harness.lab.tenants["acme"]!.world;
const sf = () => world().ids.salesforce;
const zd = () => world().ids.zendesk;
const contextOf = async (ref: string): Promise<Context> =>
  (await advanceUntilSettled(harness.clock, harness.context(ref))).value.body;
const stamp = "2026-11-20T09:00:00Z";
const times = { CreatedDate: stamp, LastModifiedDate: stamp, SystemModstamp: stamp };

const contactRow = (id: string, account: string | null, name: string, fields: Partial<SfRow> = {}): SfRow => {
  const [template] = world().salesforce.tables.Contact.values();
  const [first = "", last = ""] = name.split(" ");
  const emptyFields = { Secondary_Email__c: null, Phone: null, MobilePhone: null, Title: null, HasOptedOutOfEmail: false };
  return {
    ...template!,
    ...emptyFields,
    ...times,
    Id: id,
    AccountId: account,
    FirstName: first,
    LastName: last,
    Name: name,
    ...fields,
  } as SfRow;
};
const leadRow = (id: string, name: string, email: string | null): SfRow => {
  const [template] = world().salesforce.tables.Lead.values();
  return {
    ...template!,
    ...times,
    Id: id,
    FirstName: "",
    LastName: name,
    Name: name,
    Email: email,
    Phone: null,
    IsConverted: false,
  };
};
const accountRow = (id: string, name: string, website: string | null): SfRow => {
  const [template] = world().salesforce.tables.Account.values();
  return { ...template!, ...times, Id: id, Name: name, Website: website, ParentId: null, ARR__c: 12_000 };
};
const userRow = (id: number, email: string | null, fields: Partial<ZdUser> = {}): ZdUser => {
  const template = [...world().zendesk.users.values()].find(({ role }) => role === "end-user")!;
  const emptyFields = { organization_id: null, external_id: null, phone: null, tags: [], created_at: stamp, updated_at: stamp };
  return { ...template, ...emptyFields, id, name: `User ${id}`, email, ...fields };
};
const organizationRow = (id: number, name: string, fields: Partial<ZdOrganization>): ZdOrganization => {
  const [template] = world().zendesk.organizations.values();
  return { ...template!, id, name, domain_names: [], external_id: null, created_at: stamp, updated_at: stamp, ...fields };
};
const profile = (distinct_id: string, properties: object) => ({ distinct_id, properties: { ...properties } });

const contactId = (n: number) => sf().make("Contact", 9_000 + n);
const leadId = (n: number) => sf().make("Lead", 9_000 + n);
const accountId = (n: number) => sf().make("Account", 9_000 + n);
const userId = (n: number) => zd().make("user", 90_000 + n);
const organizationId = (n: number) => zd().make("organization", 90_000 + n);

beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure: (config: ConfigTree) => {
      config.tenants.acme.defaultCountry = "FR";
      config.tenants.acme.freeMailDomains = ["mail-service.example"];
      const [salesforce] = config.tenants.acme.connections.filter((c: ConfigTree) => c.platform === "salesforce");
      for (const webhook of salesforce.webhooks)
        if (webhook.organizationId) webhook.organizationId = webhook.organizationId.toLowerCase();
      salesforce.settings.mapping = { contact: { productUser: "LeadSource", optOut: { analytics: ["HasOptedOutOfEmail"] } } };
    },
  });
  const { salesforce, zendesk, mixpanel } = world();
  world().change(() => {
    const { Account, Contact, Lead } = salesforce.tables;
    for (const [n, name] of ["Ann Placeholder", "Bob Placeholder", "Cy Placeholder"].entries())
      Lead.put(leadRow(leadId(n), name, "noemail@noemail.com"));
    Account.put(accountRow(accountId(0), "Reception Hotels", "reception-hotels.example"));
    Contact.put(contactRow(contactId(0), accountId(0), "Rita Reception", { Email: "lobby@reception-hotels.example" }));
    Contact.put(contactRow(contactId(1), accountId(0), "Bob Kitchen", { Email: "Lobby@Reception-Hotels.example" }));
    // The same person twice, as duplicates in a CRM are.
    Contact.put(contactRow(contactId(2), accountId(0), "Dora Double", { Email: "dora@reception-hotels.example" }));
    Contact.put(contactRow(contactId(3), accountId(0), "Dora Double", { Email: "dora@reception-hotels.example" }));
    zendesk.users.put(userRow(userId(0), "lobby@reception-hotels.example", { name: "Rita" }));
    // Many people with one placeholder as their id in the product.
    for (const [n, id] of ["N/A", "N/A", "shared-7", "shared-7"].entries()) {
      const row = contactRow(contactId(10 + n), accountId(0), `Nobody Number${n}`, { LeadSource: id });
      Contact.put({ ...row, Email: `nobody${n}@reception-hotels.example` });
    }
    mixpanel.profiles.put(profile("N/A", { $name: "Everybody" }) as never);
    mixpanel.profiles.put(profile("shared-login", { $name: "R. Reception", $email: "lobby@reception-hotels.example" }) as never);
    // Domains that many customers share.
    Account.put(accountRow(accountId(1), "Alpha Partners", "alphapartners.onmicrosoft.com"));
    Account.put(accountRow(accountId(2), "Beta Works", "betaworks.onmicrosoft.com"));
    Account.put(accountRow(accountId(3), "Gamma Page", "https://www.linkedin.com/company/gamma"));
    zendesk.users.put(userRow(userId(1), "ann@alphapartners.onmicrosoft.com"));
    zendesk.users.put(userRow(userId(2), "ben@betaworks.onmicrosoft.com"));
    zendesk.users.put(userRow(userId(3), "eve@linkedin.com"));
    zendesk.users.put(userRow(userId(4), "carl@mail-service.example"));
    Account.put(accountRow(accountId(4), "Mail Service", "mail-service.example"));
    // Ids and addresses in other forms.
    Account.put(accountRow(accountId(5), "Fifteen", null));
    Account.put(accountRow(accountId(6), "Lower", null));
    zendesk.organizations.put(organizationRow(organizationId(0), "Fifteen Org", { external_id: accountId(5).slice(0, 15) }));
    zendesk.organizations.put(organizationRow(organizationId(1), "Lower Org", { external_id: accountId(6).toLowerCase() }));
    zendesk.organizations.put(organizationRow(organizationId(2), "Second Org of Lower", { external_id: ` ${accountId(6)} ` }));
    zendesk.organizations.put(organizationRow(organizationId(3), "None Org", { external_id: "N/A" }));
    zendesk.organizations.put(organizationRow(organizationId(4), "Null Org", { external_id: "null" }));
    Contact.put(contactRow(contactId(20), accountId(5), "Ida Contact", { Email: null }));
    zendesk.users.put(userRow(userId(5), null, { external_id: contactId(20).slice(0, 15) }));
    Contact.put(contactRow(contactId(21), accountId(5), "Phil National", { Email: null, Phone: "06 12 34 56 78" }));
    Contact.put(contactRow(contactId(22), accountId(5), "Zoe Zero", { Email: null, Phone: "00 00 00 00 00" }));
    Contact.put(contactRow(contactId(23), accountId(5), "Zed Zero", { Email: null, Phone: "0000000000" }));
    Contact.put(contactRow(contactId(24), accountId(5), "Uma Umlaut", { Email: "uma@bücher.example" }));
    Contact.put(contactRow(contactId(25), accountId(5), "Idis Contact", { Email: null }));
    mixpanel.profiles.put(profile(contactId(25).slice(0, 15), { $name: "idis" }) as never);
    Contact.put(contactRow(contactId(26), accountId(5), "Gerda German", { Email: null, Phone: "0151 23456789" }));
    zendesk.organizations.put(organizationRow(organizationId(5), "Stored Org", { external_id: accountId(7).toLowerCase() }));
    Account.put(accountRow(accountId(7), "Stored", null));
    // Duplicates of an account, with one name and one domain.
    for (const n of [8, 9]) Account.put(accountRow(accountId(n), "Twice", "twice-registered.example"));
    for (const [n, company] of ["Alpha", "Beta"].entries())
      Lead.put({ ...leadRow(leadId(10 + n), `Person ${company}`, "team@shared-desk.example"), Company: company });
    zendesk.users.put(userRow(userId(6), "uma@xn--bcher-kva.example"));
  });
  await harness.restart();
});
afterAll(() => harness.close());

describe("a placeholder", () => {
  it("as the address of three leads leaves each lead its own customer, and names no customer", async () => {
    const leads = await Promise.all([0, 1, 2].map((n) => contextOf(`salesforce.lead:${leadId(n)}`)));
    expect(leads.map(({ match }) => match.state)).toEqual(["resolved", "resolved", "resolved"]);
    expect(leads.map(({ customer }) => customer?.name)).toEqual(["Ann Placeholder", "Bob Placeholder", "Cy Placeholder"]);
    expect(new Set(leads.map(({ customer }) => customer?.id)).size).toBe(3);
    expect(leads.map(({ customer }) => customer?.email)).toEqual([null, null, null]);
    const calls = harness.requests().length;
    const { match, customer } = await contextOf("email:noemail@noemail.com");
    expect([match.state, match.candidates, match.searched, customer]).toEqual(["none", [], [], null]);
    expect(harness.requests().length).toBe(calls);
  });

  it("as the mapped user id joins no person with the profile of the same name", async () => {
    const people = await Promise.all([10, 11].map((n) => contextOf(`salesforce.contact:${contactId(n)}`)));
    expect(people.map(({ customer }) => customer?.name)).toEqual(["Nobody Number0", "Nobody Number1"]);
    const placeholderCustomer = (await contextOf("mixpanel.user:N/A")).customer?.id;
    expect(people.map(({ customer }) => customer?.id)).not.toContain(placeholderCustomer);
  });

  it("as the external id of organizations joins them with no account", async () => {
    for (const n of [3, 4]) {
      const { customer, sections } = await contextOf(`zendesk.organization:${organizationId(n)}`);
      expect(customer?.name).toBe(n === 3 ? "None Org" : "Null Org");
      expect(sections.account!.data).toBeNull();
    }
  });

  it("as a phone number finds no customer", async () => {
    expect((await harness.context("phone:00 00 00 00 00")).body).toMatchObject({ code: "invalid_ref" });
    for (const n of [22, 23])
      expect((await contextOf(`salesforce.contact:${contactId(n)}`)).customer?.name).toMatch(/^Z(oe|ed) Zero$/);
  });

  it("in a generic event is quarantined, because the event is about no customer", async () => {
    const event = (customer: object) => ({
      id: `placeholder-${JSON.stringify(customer).length}`,
      type: "app.opened",
      at: new Date(harness.clock.now()).toISOString(),
      customer,
    });
    for (const customer of [
      { userId: "N/A" },
      { userId: 0 },
      { email: "noreply@acme.com" },
      { email: "none@none.com", userId: "null" },
    ])
      expect((await sendGeneric(harness, event(customer))).body, JSON.stringify(customer)).toMatchObject({
        accepted: 0,
        quarantined: 1,
      });
    expect((await sendGeneric(harness, event({ email: "none@none.com", userId: "u_000001" }))).body).toMatchObject({
      accepted: 1,
    });
  });
});

describe("an address that two contacts of one account have", () => {
  const address = "email:lobby@reception-hotels.example";

  it("leaves each record its own customer when asked by id", async () => {
    const [rita, bob, desk] = [
      await contextOf(`salesforce.contact:${contactId(0)}`),
      await contextOf(`salesforce.contact:${contactId(1)}`),
      await contextOf(`zendesk.user:${userId(0)}`),
    ];
    expect([rita, bob, desk].map(({ customer }) => customer?.name)).toEqual(["Rita Reception", "Bob Kitchen", "Rita"]);
    expect(new Set([rita, bob, desk].map(({ customer }) => customer?.id)).size).toBe(3);
    // The company is certain, whichever person it is.
    for (const { customer } of [rita, bob, desk]) expect(customer?.company?.name).toBe("Reception Hotels");
  });

  it("withholds the use of a shared login when one of those who may be behind it has opted out", async () => {
    const product = async () => (await contextOf("mixpanel.user:shared-login")).sections.product!.state;
    expect(await product()).not.toBe("consent_withheld");
    const setOptOut = async (isOptedOut: boolean) => {
      harness.clock.advance(32_000);
      const changedAt = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
      world().change(() => {
        const { Contact } = world().salesforce.tables;
        const stamps = { SystemModstamp: changedAt, LastModifiedDate: changedAt };
        Contact.put({ ...Contact.get(contactId(1))!, ...stamps, HasOptedOutOfEmail: isOptedOut });
      });
      await harness.request(`/v1/context/salesforce.contact:${contactId(1)}/refresh`, { method: "POST" });
    };
    await setOptOut(true);
    expect(await product()).toBe("consent_withheld");
    // The other contact answers for herself.
    expect((await contextOf(`salesforce.contact:${contactId(0)}`)).sections.product!.state).not.toBe("consent_withheld");
    await setOptOut(false);
  });

  it("is ambiguous when asked by address, and shows the candidates", async () => {
    const { match, customer } = await contextOf(address);
    expect([match.state, customer]).toEqual(["ambiguous", null]);
    expect(match.candidates.map(({ label }) => label).sort()).toEqual(["Bob Kitchen", "R. Reception", "Rita", "Rita Reception"]);
  });

  it("shows of each candidate what tells it apart, and nothing that all have", async () => {
    const { match } = await contextOf("email:team@shared-desk.example");
    const shownCandidates = match.candidates.map(({ label, distinguishing }) => [label, distinguishing]);
    expect(shownCandidates).toEqual([
      ["Person Alpha", [{ label: "Company", value: "Alpha" }]],
      ["Person Beta", [{ label: "Company", value: "Beta" }]],
    ]);
    const { candidates } = (await contextOf(address)).match;
    const recordsOf = candidates.map(({ distinguishing }) => distinguishing.find(({ label }) => label === "Records")?.value);
    // A panel shows the first of them: those of the CRM.
    expect(recordsOf).toEqual(["salesforce contact", "salesforce contact", "zendesk user", "mixpanel user"]);
    expect(candidates.map(({ label }) => label)).toEqual(["Bob Kitchen", "Rita Reception", "Rita", "R. Reception"]);
    const duplicates = (await contextOf("domain:twice-registered.example")).match.candidates;
    expect(duplicates.map(({ distinguishing }) => distinguishing.at(-1))).toEqual(
      expect.arrayContaining([8, 9].map((n) => ({ label: "Id", value: accountId(n) }))),
    );
  });

  it("is one customer when both have the same name", async () => {
    const [first, second] = await Promise.all([2, 3].map((n) => contextOf(`salesforce.contact:${contactId(n)}`)));
    expect(first!.customer?.id).toBe(second!.customer?.id);
    expect((await contextOf("email:dora@reception-hotels.example")).customer?.name).toBe("Dora Double");
  });

  it("is theirs again when one of them gets another address, and shared again after that", async () => {
    const change = async (email: string) => {
      harness.clock.advance(32_000);
      const changedAt = `${new Date(harness.clock.now()).toISOString().slice(0, 19)}Z`;
      world().change(() => {
        const { Contact } = world().salesforce.tables;
        Contact.put({ ...Contact.get(contactId(1))!, Email: email, SystemModstamp: changedAt, LastModifiedDate: changedAt });
      });
      await harness.request(`/v1/context/salesforce.contact:${contactId(1)}/refresh`, { method: "POST" });
    };
    await change("bob@reception-hotels.example");
    const { match, customer } = await contextOf(address);
    expect([match.state, customer?.id]).toEqual(["resolved", (await contextOf(`zendesk.user:${userId(0)}`)).customer?.id]);
    await change("lobby@reception-hotels.example");
    expect((await contextOf(address)).match.state).toBe("ambiguous");
  });

  it("is ambiguous as a user id too", async () => {
    const people = await Promise.all([12, 13].map((n) => contextOf(`salesforce.contact:${contactId(n)}`)));
    expect(people.map(({ customer }) => customer?.name)).toEqual(["Nobody Number2", "Nobody Number3"]);
  });
});

describe("a domain that many customers share", () => {
  it("under a hosting suffix belongs to one customer each", async () => {
    expect((await contextOf(`zendesk.user:${userId(1)}`)).customer?.company?.name).toBe("Alpha Partners");
    expect((await contextOf(`zendesk.user:${userId(2)}`)).customer?.company?.name).toBe("Beta Works");
    expect((await contextOf("domain:betaworks.onmicrosoft.com")).customer?.name).toBe("Beta Works");
    expect((await harness.context("domain:onmicrosoft.com")).body).toMatchObject({ code: "invalid_ref" });
  });

  it("belongs to no customer: a page on a social network, and a mail service of the tenant's configuration", async () => {
    expect((await contextOf(`zendesk.user:${userId(3)}`)).customer?.company).toBeNull();
    expect((await contextOf(`zendesk.user:${userId(4)}`)).customer?.company).toBeNull();
    expect((await contextOf(`salesforce.account:${accountId(3)}`)).customer?.company?.domain).toBeNull();
    const calls = harness.requests().length;
    expect((await contextOf("domain:gmail.com")).match).toMatchObject({ state: "none", searched: [] });
    expect(harness.requests().length).toBe(calls);
  });
});

describe("an identifier in another form", () => {
  it("in Zendesk's external id links the organization with its account: 15 characters, lost case, white space", async () => {
    for (const [organization, account] of [
      [0, 5],
      [1, 6],
      [2, 6],
    ] as const) {
      const { sections } = await contextOf(`zendesk.organization:${organizationId(organization)}`);
      expect(sections.account!.data?.id).toBe(accountId(account));
    }
    for (const id of [accountId(5).slice(0, 15), accountId(5).toLowerCase(), accountId(5).toUpperCase()])
      expect((await contextOf(`salesforce.account:${id}`)).ref).toBe(`salesforce.account:${accountId(5)}`);
  });

  it("in Zendesk's external id links the user with the contact", async () => {
    expect((await contextOf(`zendesk.user:${userId(5)}`)).customer?.id).toBe(
      (await contextOf(`salesforce.contact:${contactId(20)}`)).customer?.id,
    );
  });

  it("as the user's id in the product links the profile with the contact that it names", async () => {
    const { customer, match } = await contextOf(`mixpanel.user:${contactId(25).slice(0, 15)}`);
    expect(customer?.id).toBe((await contextOf(`salesforce.contact:${contactId(25)}`)).customer?.id);
    expect(match.reasons.map(({ rule }) => rule)).toContain("crm_id");
    const event = { id: "by-contact", type: "app.opened", at: new Date(harness.clock.now()).toISOString() };
    await sendGeneric(harness, { ...event, customer: { userId: contactId(25).toLowerCase() } });
    expect((await newestEvent("generic")).customer?.id).toBe(customer?.id);
  });

  it("is the same phone number in national and international form", async () => {
    const { customer } = await contextOf(`salesforce.contact:${contactId(21)}`);
    for (const number of ["06 12 34 56 78", "+33 6 12 34 56 78", "0033 612345678", "+33 (0)6 12 34 56 78"])
      expect((await contextOf(`phone:${number}`)).customer?.id, number).toBe(customer?.id);
  });

  it("is the same address in letters and in punycode", async () => {
    const { customer } = await contextOf(`salesforce.contact:${contactId(24)}`);
    expect((await contextOf(`zendesk.user:${userId(6)}`)).customer?.id).toBe(customer?.id);
    for (const address of [
      "UMA@BÜCHER.example",
      "uma@xn--bcher-kva.example",
      "mailto:uma@bücher.example",
      "Uma <uma@bücher.example>",
    ])
      expect((await contextOf(`email:${address}`)).customer?.id, address).toBe(customer?.id);
  });

  it("in a message of Salesforce or of the company's own services names the same record", async () => {
    const id = accountId(5);
    for (const spelling of [id.slice(0, 15), id.toLowerCase(), id.toUpperCase()]) {
      const message = outboundMessage([{ id: spelling }], { organizationId: organizationOf(harness) });
      expect((await sendOutbound(harness, message)).text, spelling).toContain("<Ack>true</Ack>");
      expect((await newestEvent("salesforce")).source.objectId, spelling).toBe(id);
      const change = { object: "Account", id: spelling, what: "updated", at: new Date(harness.clock.now()).toISOString() };
      expect((await sendCallout(harness, [change])).body, spelling).toMatchObject({ accepted: 1 });
      expect((await newestEvent("salesforce")).source.objectId, spelling).toBe(id);
      const event = { id: `spelling-${spelling}`, type: "app.opened", at: new Date(harness.clock.now()).toISOString() };
      await sendGeneric(harness, { ...event, customer: { ref: `salesforce.account:${spelling}` } });
      expect((await newestEvent("generic")).customer?.id, spelling).toBe(
        (await contextOf(`salesforce.account:${id}`)).customer?.id,
      );
    }
  });
});

describe("a stored record", () => {
  it("whose identifiers an earlier release wrote links at the next whole list, and a rebuild alone changes nothing", async () => {
    const ref = `zendesk.organization:${organizationId(5)}`;
    const isLinked = async () => (await contextOf(ref)).sections.account!.data?.id === accountId(7);
    expect(await isLinked()).toBe(true);
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const [record] = await openReader(log).records([log.key(ref)]);
    const earlier = { ...record!, subject: ref, observedAt: harness.clock.now() } as RecordInput;
    const identifiers = [{ kind: "crm_id" as const, value: accountId(7).toLowerCase() }];
    await log.commit({ records: [{ ...earlier, identifiers }], correlationId: "test" });
    await harness.runtime.writer.send({ kind: "rebuild", tenant: "acme" });
    expect(await isLinked()).toBe(false);
    harness.clock.advance(86_400_000);
    await harness.restart();
    expect(await isLinked()).toBe(true);
  });

  it("is read again when the rules of the configuration change", async () => {
    const number = "phone:0151 23456789";
    expect((await harness.context(number)).status).toBe(400);
    const file = join(harness.directory, "sidelight.yaml");
    const config: ConfigTree = parse(await readFile(file, "utf8"));
    config.tenants.acme.defaultCountry = "DE";
    await writeFile(file, stringify(config));
    harness.clock.advance(600_000);
    await harness.restart();
    await advanceUntil(harness.clock, 1_000, "the pull", async () => (await contextOf(number)).match.state === "resolved");
    expect((await contextOf(number)).customer?.name).toBe("Gerda German");
  });
});

const newestEvent = async (source: string): Promise<Event> =>
  (await harness.request(`/v1/events?source=${source}&limit=1`)).body.items[0];

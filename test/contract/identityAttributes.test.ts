import { join } from "node:path";
import { currentData } from "@sidelight/context-api/log/reader.ts";
import { openSqlite } from "@sidelight/context-api/store/sqlite.ts";
import type { CheckResult } from "@sidelight/contracts/identity/check.ts";
import type { Suggestion, SuggestionList } from "@sidelight/contracts/identity/evidence.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness, type RoleName } from "../harness/harness.ts";
import type { Lab } from "../lab/simulators/lab.ts";
import type { SfRow, ZdUser } from "../lab/world/types.ts";

// People of whom two platforms say the name, the postal address and the birth date, in fields that the tenant maps.
let harness: Harness;
const stamp = "2026-11-20T09:00:00Z";
const street = "117 Quillfeather Terrace";
const homes = { city: "Wexcombe", zip: "QT5 7ZX" };

interface TestPerson {
  first: string;
  last: string;
  /** Birth dates in Salesforce and in Zendesk. */
  born: [string | null, string | null];
}
const people: TestPerson[] = [
  { first: "Marisol", last: "Quintanilla", born: [null, null] },
  { first: "Oskar", last: "Vandermeer", born: ["1952-03-14", "1984-11-27"] },
  { first: "Philippa", last: "Trevelyan", born: ["1971-06-05", "1971-06-05"] },
];

const worldOf = (lab: Lab) => lab.tenants["acme"]!.world;
const contactRef = (n: number) => `salesforce.contact:${worldOf(harness.lab).ids.salesforce.make("Contact", 9_700 + n)}`;
const userRef = (n: number) => `zendesk.user:${worldOf(harness.lab).ids.zendesk.make("user", 97_000 + n)}`;

function putPeople(lab: Lab): void {
  const world = worldOf(lab);
  const [contact] = world.salesforce.tables.Contact.values();
  const user = [...world.zendesk.users.values()].find(({ role }) => role === "end-user")!;
  const noContact = { Email: null, Secondary_Email__c: null, Phone: null, MobilePhone: null, AccountId: null };
  const noUser = { email: null, phone: null, organization_id: null, external_id: null };
  world.change(() => {
    for (const [n, { first, last, born }] of people.entries()) {
      const times = { CreatedDate: stamp, LastModifiedDate: stamp, SystemModstamp: stamp };
      world.salesforce.tables.Contact.put({
        ...{ ...contact!, ...noContact, ...times, Id: world.ids.salesforce.make("Contact", 9_700 + n) },
        ...{ FirstName: first, LastName: last, Name: `${first} ${last}`, Birthdate: born[0] },
        ...{ MailingStreet: street, MailingCity: homes.city, MailingPostalCode: homes.zip, MailingCountry: null },
      } as SfRow);
      world.zendesk.users.put({
        ...{ ...user, ...noUser, created_at: stamp, updated_at: stamp, id: world.ids.zendesk.make("user", 97_000 + n) },
        ...{ name: `${first} ${last}` },
        user_fields: {
          ...user.user_fields,
          street,
          town: homes.city,
          zip: homes.zip,
          born: born[1] && `${born[1]}T00:00:00+00:00`,
        },
      } as ZdUser);
    }
  });
}

function mapAttributes({ tenants: { acme } }: ConfigTree): void {
  const settingsOf = (id: string) => acme.connections.find((connection: { id: string }) => connection.id === id).settings;
  settingsOf("salesforce").mapping = {
    contact: { birthDate: "Birthdate", address: "MailingAddress" },
    lead: { birthDate: "Born__c" },
  };
  settingsOf("zendesk").mapping = { birthDate: "born", address: { line: "street", locality: "town", postcode: "zip" } };
}

beforeAll(async () => {
  harness = await openHarness({ prepare: async (lab) => putPeople(lab), configure: mapAttributes });
});
afterAll(() => harness.close());

async function suggestions(role: RoleName): Promise<Suggestion[]> {
  const { body } = await harness.request<SuggestionList>("/v1/identity/candidates?kind=person&limit=1000", { role });
  return body.items;
}
const refsOf = ({ left, right }: Suggestion): string[] => [...left.members, ...right.members].map(({ ref }) => ref);
const suggestionOf = async (n: number, role: RoleName = "admin") =>
  (await suggestions(role)).find((suggestion) => refsOf(suggestion).includes(contactRef(n)));

describe("two records that agree in name and postal address", () => {
  it("are suggested as one customer, with the values that agree", async () => {
    const suggestion = await suggestionOf(0);
    expect(suggestion && refsOf(suggestion).sort()).toEqual([contactRef(0), userRef(0)].sort());
    expect(suggestion?.reasons).toContainEqual({
      ...{ rule: "address", text: "the same postal address", records: expect.arrayContaining([contactRef(0), userRef(0)]) },
      values: [expect.objectContaining({ label: "address", value: `${street}, ${homes.zip} ${homes.city}` })],
    });
    expect(suggestion?.left.members[0]?.facts.map(({ label }) => label)).toContain("address");
  });

  it("are not when their birth dates are those of two people", async () => {
    expect(await suggestionOf(1)).toBeUndefined();
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const stored = await currentData(log, [contactRef(1), userRef(1)]);
    const birthDates = [contactRef(1), userRef(1)].map((ref) => stored.get(ref));
    expect(birthDates).toMatchObject([{ birthDate: "1952-03-14" }, { birthDate: "1984-11-27" }]);
  });

  it("show neither birth date nor address to a reader without the right to personal values", async () => {
    const suggestion = await suggestionOf(2, "agent");
    expect(suggestion?.reasons).toContainEqual(
      expect.objectContaining({ rule: "birth", values: [{ label: "birthDate", value: "•••" }] }),
    );
    expect(suggestion?.masked.length).toBeGreaterThan(0);
    expect(JSON.stringify(await suggestions("agent"))).not.toMatch(/Quillfeather|Wexcombe|1971-06-05/);
    expect(JSON.stringify(await suggestions("admin"))).toMatch(/Quillfeather.*Wexcombe/);
  });
});

it("a person who is about to be created is the one of that name and address, and not one of another birth date", async () => {
  const address = { line: street, locality: homes.city, postcode: homes.zip };
  const check = async (n: number, birthDate: string) => {
    const { first, last } = people[n]!;
    const record = { givenName: first, familyName: last, birthDate, address };
    const body = { record, target: "salesforce.contact" };
    return (await harness.request<CheckResult>("/v1/identity/check", { method: "POST", role: "admin", body })).body;
  };
  const same = await check(2, "1971-06-05");
  expect(same.decision).toBe("ask");
  expect(same.matches.map(({ ref }) => ref)).toContain(contactRef(2));
  expect((await check(2, "2001-12-24")).decision).toBe("create");
});

it("a field that the org lacks is named as missing", async () => {
  const { body } = await harness.request("/v1/connections");
  const salesforce = body.items.find(({ id }: { id: string }) => id === "salesforce");
  expect(salesforce.missing).toEqual(["Lead.Born__c"]);
});

it("neither birth date nor address is readable in the store", () => {
  if (harness.databaseUrl !== null) return;
  const { raw: db } = openSqlite(join(harness.directory, "sidelight.sqlite"), "read");
  const tables = db.prepare("select name from sqlite_master where type = 'table'").pluck().all() as string[];
  const findings = tables.filter((table) =>
    db
      .prepare(`select * from "${table}"`)
      .all()
      .some((row) =>
        Object.values(row as object).some((value) =>
          /Quillfeather|Wexcombe|1952-03-14|1971-06-05/.test(Buffer.isBuffer(value) ? value.toString("latin1") : String(value)),
        ),
      ),
  );
  db.close();
  expect(findings).toEqual([]);
});

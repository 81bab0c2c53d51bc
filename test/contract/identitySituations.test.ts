import { openReader } from "@sidelight/context-api/log/reader.ts";
import { type Logs, openLogs } from "@sidelight/context-api/log/testLogs.ts";
import type { RecordInput } from "@sidelight/model/records.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { A, acc1, acc2, L, M, O, S, Z } from "../harness/situationRecords.ts";

// Situations in which a wrong link shows another customer's page: from the platforms' own records to customers, without a person's
// decision. What belongs together and is not joined here is left to the suggestions.
let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

/** `{0,2} {1}`: the first and the third record are one customer. */
async function customersOf(records: readonly RecordInput[]): Promise<string> {
  const log = await logs.newLog();
  for (const record of records) await log.commit({ records: [record], correlationId: "test" });
  const nodes = await openReader(log).nodesOf(records.map(({ ref }) => log.key(ref)));
  const groups = Map.groupBy(records.keys(), (i) => nodes.get(log.key(records[i]?.ref ?? "")));
  return [...groups.values()].map((indexes) => `{${indexes.join(",")}}`).join(" ");
}

describe("records of the platforms", () => {
  const cases: [situation: string, records: () => RecordInput[], expected: string][] = [
    ["one address in other cases", () => [Z({ email: " Mia.Ode@Nord.example" }), S({ Email: "mia.ode@nord.EXAMPLE" })], "{0,1}"],
    [
      "dots in an address of another mail service",
      () => [Z({ email: "mia.ode@nord.example" }), S({ Email: "miaode@nord.example" })],
      "{0} {1}",
    ],
    [
      "two contacts with the address of a function",
      () => [S({ Name: "Mia Ode", Email: "accounting@nord.example" }), S({ Name: "Max Arp", Email: "accounting@nord.example" })],
      "{0} {1}",
    ],
    [
      "the address of a function, handed to a successor",
      () => [
        S({ Name: "Mia Ode", Email: "cto@nord.example", AccountId: acc1 }),
        Z({ name: "Max Arp", email: "cto@nord.example" }),
      ],
      "{0} {1}",
    ],
    [
      "a personal address, handed to a successor",
      () => [
        S({ Name: "Mia Ode", Email: "north@nord.example", AccountId: acc1 }),
        Z({ name: "Max Arp", email: "north@nord.example" }),
      ],
      "{0} {1}",
    ],
    [
      "a family with one address, in two accounts",
      () => [
        S({ Name: "Mia Ode", Email: "odes@home.example", AccountId: acc1 }),
        S({ Name: "Tim Ode", Email: "odes@home.example", AccountId: acc2 }),
      ],
      "{0} {1}",
    ],
    [
      "a lead who is a contact too",
      () => [L({ Name: "Mia Ode", Email: "mia@nord.example" }), S({ Name: "Mia Ode", Email: "mia@nord.example" })],
      "{0,1}",
    ],
    [
      "a kiosk with one product user",
      () => [
        Z({ name: "Mia", email: "mia@nord.example", external_id: "lobby-tablet" }),
        Z({ name: "Max", email: "max@nord.example", external_id: "lobby-tablet" }),
        M("lobby-tablet", {}),
      ],
      "{0} {1} {2}",
    ],
    [
      "a catch-all address as the second one of three people",
      () => [
        Z({ name: "Mia", email: "mia@nord.example", identities: ["in@catch.example"] }),
        Z({ name: "Max", email: "max@nord.example", identities: ["in@catch.example"] }),
        Z({ name: "Ole", email: "ole@nord.example", identities: ["in@catch.example"] }),
      ],
      "{0} {1} {2}",
    ],
    [
      "a record of a function that has a person's address",
      () => [S({ Name: "Helpdesk", Email: "box@nord.example" }), Z({ name: "Max Arp", email: "box@nord.example" })],
      "{0} {1}",
    ],
    [
      "placeholders instead of addresses and ids",
      () => [
        S({ Name: "Mia", Email: "no-reply@nord.example" }),
        Z({ name: "Max", email: "no-reply@nord.example", external_id: "undefined" }),
        Z({ name: "Ole", email: "ole@nord.example", external_id: "undefined" }),
      ],
      "{0} {1} {2}",
    ],
    [
      "a person in two accounts, with an old and a new address",
      () => [
        Z({ name: "Mia Ode", email: "mia@new.example", identities: ["mia@old.example"] }),
        S({ Name: "Mia Ode", Email: "mia@old.example", AccountId: acc1 }),
        S({ Name: "Mia Ode", Email: "mia@new.example", AccountId: acc2 }),
      ],
      "{0,1,2}",
    ],
    [
      "two people of one name in one account",
      () => [
        S({ Name: "Jo Berg", Email: "jo.berg@nord.example", AccountId: acc1 }),
        S({ Name: "Jo Berg", Email: "jo.berg2@nord.example", AccountId: acc1 }),
      ],
      "{0} {1}",
    ],
    [
      "one name in other spellings",
      () => [
        Z({ name: "Ode, Mia", email: "mia@nord.example" }),
        S({ Name: "Mia Ode", Email: "mia@nord.example" }),
        M("u-17", { $name: "mia.ode", $email: "mailto:mia@nord.example" }),
      ],
      "{0,1,2}",
    ],
    [
      "an address with its owner's name",
      () => [Z({ email: "Mia Ode <mia@nord.example>" }), S({ Email: "mia@nord.example" })],
      "{0,1}",
    ],
    ["a domain in punycode", () => [Z({ email: "mia@brücke.example" }), S({ Email: "mia@xn--brcke-lva.example" })], "{0,1}"],
    [
      "a website with path and port",
      () => [
        A({ Name: "Nord", Website: "https://www.nord.example:8443/start" }),
        O({ name: "Nord", domain_names: ["nord.example"] }),
      ],
      "{0,1}",
    ],
    [
      "two shops on one hosting platform",
      () => [
        A({ Name: "Nord", Website: "https://nord.myshopify.com" }),
        O({ name: "Sued", domain_names: ["sued.myshopify.com"] }),
      ],
      "{0} {1}",
    ],
    [
      "a page on a social site as website",
      () => [A({ Name: "Nord", Website: "https://www.xing.com/pages/nord" }), O({ name: "Sued", domain_names: ["xing.com"] })],
      "{0} {1}",
    ],
    [
      "a domain that unrelated companies claim",
      () => [
        A({ Name: "Nordwind Reederei", Website: "shared.example" }),
        O({ name: "Sued Handel", domain_names: ["shared.example"] }),
      ],
      "{0} {1}",
    ],
    [
      "a parent and its subsidiary with one domain",
      () => [A({ Name: "Nord AG", Website: "nord.example" }), A({ Name: "Nord France", Website: "nord.example" })],
      "{0} {1}",
    ],
    [
      "an agency that lists the domain of its client",
      () => [
        A({ Name: "Werk Agentur", Website: "werk.example" }),
        O({ name: "Werk Agentur GmbH", domain_names: ["werk.example", "kunde.example"] }),
        A({ Name: "Kunde", Website: "kunde.example" }),
      ],
      "{0,1} {2}",
    ],
  ];

  it.each(cases)("%s", async (_, records, expected) => {
    expect(await customersOf(records())).toBe(expected);
  });
});

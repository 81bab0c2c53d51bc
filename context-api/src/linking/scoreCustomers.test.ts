import type { PersonData, StoredRecord } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import { inputRecord } from "../identity/matching/inputRecord.ts";
import { shippedModel } from "../identity/matching/model.ts";
import { decideCreation } from "./creationDecision.ts";
import { type PersonMatch, scoreCustomers } from "./scoreCustomers.ts";

type PersonRecord = StoredRecord<"person">;

function stored(ref: string, name: string, email: string, data: Partial<PersonData> = {}): PersonRecord {
  const [platform = "", object = ""] = (ref.split(":")[0] ?? "").split(".");
  const source = { key: ref, ref, platform, connection: platform, object, id: ref, sequence: 1, changedAt: 1, observedAt: 1 };
  return {
    ...{ ...source, edges: [], identifiers: [{ kind: "email", value: email }] },
    data: { kind: "person", name, emails: [email], phones: [], title: null, optedOut: false, ...data },
  };
}

/** Scores customers of one record each against a lead. `certain` are addresses that one customer has. */
function scored(lead: object, customers: readonly PersonRecord[], certain: readonly string[] = []): PersonMatch[] {
  return scoreCustomers({
    model: shippedModel,
    record: inputRecord.parse({ id: "new", platform: "zendesk", ...lead }),
    own: [],
    customers: customers.map((record) => ({ node: record.ref, records: [record] })),
    certain: certain.map((value) => ({ kind: "email", value })),
    contested: [],
  });
}

const zendeskUser = { object: "zendesk.user", connection: "zendesk" };
const decisionFor = (matches: PersonMatch[], isLinking = false) =>
  decideCreation({ own: null, matches }, zendeskUser, isLinking).decision;

const lead = { name: "Ada Smith", emails: "ada.smith@acme.example" };

describe("a person who is looked for", () => {
  it("is the customer with the same address, unless the names contradict each other", () => {
    const sameName = scored(lead, [stored("zendesk.user:1", "A. Smith", "ada.smith@acme.example")], ["ada.smith@acme.example"]);
    expect(sameName).toMatchObject([{ isCertain: true, isContradicted: false }]);
    expect(decisionFor(sameName)).toBe("use");
    const otherName = scored(lead, [stored("zendesk.user:1", "Tom Lee", "ada.smith@acme.example")], ["ada.smith@acme.example"]);
    expect(otherName).toMatchObject([{ isCertain: false, isContradicted: true, sharesIdentifier: true }]);
    expect(decisionFor(otherName)).toBe("ask");
  });

  it("may be a namesake of the same company, which the model decides only where it may link", () => {
    const matches = scored(lead, [stored("zendesk.user:1", "Ada Smith", "asmith@acme.example", { phones: ["+4930111222"] })]);
    expect(decisionFor(matches)).toBe("ask");
    expect(decisionFor(matches, true)).toBe(matches[0]!.confidence >= 0.99 ? "use" : "ask");
  });

  it("is not a namesake elsewhere, nor one whose address has another number", () => {
    expect(decisionFor(scored(lead, [stored("zendesk.user:1", "Ada Smith", "ada@elsewhere.example")]))).toBe("create");
    const numberedAddress = { name: "Ada Smith", emails: "ada.smith.59@acme.example" };
    expect(decisionFor(scored(numberedAddress, [stored("zendesk.user:1", "Ada Smith", "ada.smith.209@acme.example")]))).toBe(
      "create",
    );
  });

  it("is a namesake at the same postal address, unless the birth dates are those of two people", () => {
    const address = { line: "12 High Street", postcode: "LS1 4AB" };
    const atHome = { name: "Ada Smith", emails: "ada@home.example", address, birthDate: "1980-02-29" };
    const user = (birthDate: string) => stored("zendesk.user:1", "Ada Smith", "ada.smith@acme.example", { address, birthDate });
    expect(decisionFor(scored(atHome, [user("1980-02-29")]))).toBe("ask");
    const daughter = scored(atHome, [user("2004-10-17")]);
    expect(daughter).toMatchObject([{ isContradicted: true }]);
    for (const isLinking of [false, true]) expect(decisionFor(daughter, isLinking)).toBe("create");
    expect(daughter[0]?.reasons).toContainEqual({ rule: "birth", text: "different birth dates", isContradiction: true });
  });

  it("is a question when two customers are certain", () => {
    const users = [
      stored("zendesk.user:1", "Ada Smith", "ada.smith@acme.example"),
      stored("zendesk.user:2", "Ada Smith", "ada@private.example"),
    ];
    const bothAddresses = { name: "Ada Smith", emails: ["ada.smith@acme.example", "ada@private.example"] };
    expect(decisionFor(scored(bothAddresses, users, bothAddresses.emails))).toBe("ask");
  });

  it("is created at a target where the customer has no record", () => {
    const matches = scored(lead, [stored("salesforce.contact:1", "Ada Smith", "ada.smith@acme.example")], [lead.emails]);
    expect(decisionFor(matches)).toBe("create");
  });
});

describe("the own customer of a person", () => {
  it("is used, whatever other customers look like the person", () => {
    const ownCustomer = { node: "own", records: [stored("zendesk.user:9", "Ada Smith", "ada@private.example")] };
    const matches = scored(lead, [stored("zendesk.user:1", "Ada Smith", "ada.smith@acme.example")], [lead.emails]);
    expect(decideCreation({ own: ownCustomer, matches }, zendeskUser, false)).toMatchObject({
      decision: "use",
      record: { ref: "zendesk.user:9" },
    });
  });
});

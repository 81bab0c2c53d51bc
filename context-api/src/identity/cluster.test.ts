import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClusterRecord, type CustomerKind, cluster, clusteringKinds, confidenceOf, isContested } from "./cluster.ts";

const record = fc.record({
  firstSeq: fc.integer({ min: 1, max: 50 }),
  type: fc.constantFrom("salesforce.contact", "zendesk.user", "mixpanel.user"),
  emails: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 3 }),
  name: fc.option(fc.constantFrom("Ada", "Bob"), { nil: null }),
  user: fc.option(fc.constantFrom("u1", "u2"), { nil: null }),
  account: fc.option(fc.constantFrom("acc1", "acc2"), { nil: null }),
});
const records = fc.array(record, { maxLength: 12 }).map((inputs) =>
  inputs.map(
    ({ emails, user, ...r }, i): ClusterRecord => ({
      ...r,
      // Only the CRM keeps one record for each person.
      name: r.type.startsWith("salesforce.") ? r.name : null,
      // Only the CRM names a person's account.
      account: r.type === "salesforce.contact" ? r.account : null,
      key: `k${i}`,
      identifiers: [
        ...emails.map((e) => ({ kind: "email", identifier: `email ${e}` })),
        ...(user ? [{ kind: "product_user", identifier: `user ${user}` }] : []),
      ],
    }),
  ),
);
const groups = (memberships: Map<string, { node: string }>): string[] => {
  const byNode = Map.groupBy([...memberships], ([, { node }]) => node);
  return [...byNode.values()]
    .map((members) =>
      members
        .map(([key]) => key)
        .sort()
        .join(),
    )
    .sort();
};

describe("clustering people", () => {
  it("does not depend on the order of the records", () => {
    fc.assert(
      fc.property(records, fc.infiniteStream(fc.nat()), (inputs, order) => {
        const shuffledRecords = inputs
          .map((r) => ({ r, position: order.next().value as number }))
          .sort((a, b) => a.position - b.position)
          .map(({ r }) => r);
        expect(cluster("person", shuffledRecords)).toEqual(cluster("person", inputs));
        expect(groups(cluster("person", shuffledRecords))).toEqual(groups(cluster("person", inputs)));
      }),
    );
  });

  it("keeps every customer when an unrelated record is added", () => {
    fc.assert(
      fc.property(records, (inputs) => {
        const unrelatedRecord: ClusterRecord = {
          key: "new",
          firstSeq: 99,
          type: "zendesk.user",
          identifiers: [{ kind: "email", identifier: "email z" }],
          account: null,
        };
        const previous = cluster("person", inputs);
        const next = cluster("person", [...inputs, unrelatedRecord]);
        for (const [key, membership] of previous) expect(next.get(key)).toEqual(membership);
        expect(next.get("new")).toEqual({ node: "new", rule: "founder" });
      }),
    );
  });

  it("names a customer after its oldest record", () => {
    fc.assert(
      fc.property(records, (inputs) => {
        const memberships = cluster("person", inputs);
        for (const members of Map.groupBy([...memberships], ([, { node }]) => node).values()) {
          const memberRecords = members.map(([key]) => inputs.find((r) => r.key === key)!);
          const oldest = memberRecords.sort((a, b) => a.firstSeq - b.firstSeq || (a.key < b.key ? -1 : 1))[0]!;
          expect(members[0]![1].node).toBe(oldest.key);
        }
      }),
    );
  });

  it("joins people who share an address, unless two accounts claim it or one source names them differently", () => {
    fc.assert(
      fc.property(records, (inputs) => {
        const memberships = cluster("person", inputs);
        for (const identifier of ["email a", "email b"]) {
          const holders = inputs.filter((r) => r.identifiers.some((i) => i.identifier === identifier));
          const claims = new Set(holders.map((r) => r.account).filter((a) => a !== null));
          const names = new Set(holders.map((r) => r.name).filter((name) => name !== null));
          if (claims.size > 1 || names.size > 1) continue;
          expect(new Set(holders.map((r) => memberships.get(r.key)!.node)).size).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

const company = fc.record({
  firstSeq: fc.integer({ min: 1, max: 50 }),
  type: fc.constantFrom("salesforce.account", "zendesk.organization"),
  domains: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { maxLength: 2 }),
  crmId: fc.option(fc.constantFrom("1", "2"), { nil: null }),
});
const companies = fc.array(company, { maxLength: 8 }).map((inputs) =>
  inputs.map(
    ({ firstSeq, type, domains, crmId }, i): ClusterRecord => ({
      key: `k${i}`,
      firstSeq,
      type,
      account: null,
      identifiers: [
        ...domains.map((d) => ({ kind: "domain", identifier: `domain ${d}` })),
        ...(crmId ? [{ kind: "crm_id", identifier: `crm ${crmId}` }] : []),
      ],
    }),
  ),
);

/** Groups found by walking from record to record over shared identifiers: an independent implementation of the same rule. */
function reachable(kind: CustomerKind, inputs: readonly ClusterRecord[]): string[] {
  const holdersOf = (identifier: string) => inputs.filter((r) => r.identifiers.some((i) => i.identifier === identifier));
  const sharedBy = (record: ClusterRecord) =>
    record.identifiers
      .filter((i) => i.kind in clusteringKinds[kind] && !isContested(kind, i.kind, holdersOf(i.identifier)))
      .flatMap((i) => holdersOf(i.identifier));
  const from = (start: ClusterRecord): Set<ClusterRecord> => {
    const visitedRecords = new Set([start]);
    for (const next of visitedRecords) for (const neighbor of sharedBy(next)) visitedRecords.add(neighbor);
    return visitedRecords;
  };
  const groups = inputs.map((r) =>
    [...from(r)]
      .map((m) => m.key)
      .sort()
      .join(),
  );
  return [...new Set(groups)].sort();
}

describe("clustering", () => {
  it("joins records that share an uncontested identifier, directly or through others, and no others", () => {
    fc.assert(
      fc.property(fc.constantFrom<CustomerKind>("person", "company"), fc.oneof(records, companies), (kind, inputs) => {
        expect(groups(cluster(kind, inputs))).toEqual(reachable(kind, inputs));
      }),
      { numRuns: 300 },
    );
  });

  it("names the rule by which each record joined, and none for the founder", () => {
    fc.assert(
      fc.property(companies, (inputs) => {
        for (const [key, { node, rule }] of cluster("company", inputs)) {
          expect(rule === "founder").toBe(node === key);
          if (rule !== "founder") expect(clusteringKinds.company).toHaveProperty(rule);
        }
      }),
    );
  });
});

describe("people who share an address", () => {
  const person = (key: string, type: string, name: string | null, account: string | null = null): ClusterRecord => ({
    key,
    firstSeq: Number(key.slice(1)),
    type,
    account,
    name,
    identifiers: [{ kind: "email", identifier: "office@acme.com" }],
  });
  const groupsOf = (...people: ClusterRecord[]) => groups(cluster("person", people));

  it("are apart when one source has them under different names, whichever objects they are", () => {
    const rita = person("a1", "crm.contact", "Rita", "account");
    expect(groupsOf(rita, person("a2", "crm.contact", "Bob", "account"))).toEqual(["a1", "a2"]);
    expect(groupsOf(rita, person("a2", "crm.lead", "Bob"))).toEqual(["a1", "a2"]);
    expect(groupsOf(person("a1", "crm.lead", "Bob"), person("a2", "crm.lead", "Ada"), person("a3", "crm.lead", "Cy"))).toEqual([
      "a1",
      "a2",
      "a3",
    ]);
    // A record of another source does not show which of them it is.
    expect(groupsOf(rita, person("a2", "crm.contact", "Bob", "account"), person("a3", "desk.user", null))).toEqual([
      "a1",
      "a2",
      "a3",
    ]);
  });

  it("are one when the names are equal, or come from two sources", () => {
    expect(groupsOf(person("a1", "crm.contact", "Ada"), person("a2", "crm.lead", "Ada"))).toEqual(["a1,a2"]);
    expect(groupsOf(person("a1", "crm.contact", "Ada Lovelace"), person("a2", "other-crm.person", "A. Lovelace"))).toEqual([
      "a1,a2",
    ]);
    expect(groupsOf(person("a1", "app.user", null), person("a2", "app.user", null))).toEqual(["a1,a2"]);
  });
});

describe("clustering companies", () => {
  const account = (key: string, ...identifiers: [string, string][]): ClusterRecord => ({
    key,
    firstSeq: Number(key.slice(1)),
    type: key.startsWith("a") ? "salesforce.account" : "zendesk.organization",
    account: null,
    identifiers: identifiers.map(([kind, identifier]) => ({ kind, identifier })),
  });

  it("does not join two accounts with one domain, but still follows the CRM id", () => {
    const first = account("a1", ["domain", "acme.com"], ["crm_id", "1"]);
    const second = account("a2", ["domain", "acme.com"], ["crm_id", "2"]);
    const organization = account("o3", ["domain", "acme.com"], ["crm_id", "2"]);
    expect(groups(cluster("company", [first, organization]))).toEqual(["a1,o3"]);
    expect(groups(cluster("company", [first, second, organization]))).toEqual(["a1", "a2,o3"]);
  });

  it("joins all organizations that name one account", () => {
    const organizations = ["o2", "o3"].map((key) => account(key, ["crm_id", "1"]));
    expect(groups(cluster("company", [account("a1", ["crm_id", "1"]), ...organizations]))).toEqual(["a1,o2,o3"]);
  });

  it("joins accounts of two connections by their domain", () => {
    const production = account("a1", ["domain", "acme.com"]);
    const acquiredAccount = { ...account("a2", ["domain", "acme.com"]), type: "second-crm.account" };
    expect(groups(cluster("company", [production, acquiredAccount]))).toEqual(["a1,a2"]);
  });

  it("does not join by phone number", () => {
    expect(groups(cluster("company", [account("a1", ["phone", "+1"]), account("o2", ["phone", "+1"])]))).toEqual(["a1", "o2"]);
  });

  it("has the confidence of its rule", () => {
    for (const rule of ["email", "product_user", "crm_id", "domain"]) {
      expect(confidenceOf(rule)).toBeGreaterThan(0.5);
      expect(confidenceOf(rule)).toBeLessThan(1);
    }
    expect(confidenceOf("founder")).toBe(1);
  });
});

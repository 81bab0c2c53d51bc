import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clusterable, type CustomerKind, cluster, clusteringKinds, confidenceOf, isContested } from "./cluster.ts";

const record = fc.record({
  firstSeq: fc.integer({ min: 1, max: 50 }),
  type: fc.constantFrom("salesforce.contact", "zendesk.user", "mixpanel.user"),
  emails: fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"), { maxLength: 3 }),
  user: fc.option(fc.constantFrom("u1", "u2"), { nil: null }),
  account: fc.option(fc.constantFrom("acc1", "acc2"), { nil: null }),
});
const records = fc.array(record, { maxLength: 12 }).map((all) =>
  all.map(
    ({ emails, user, ...r }, i): Clusterable => ({
      ...r,
      // Only the CRM says which account somebody belongs to.
      account: r.type === "salesforce.contact" ? r.account : null,
      key: `k${i}`,
      identifiers: [
        ...emails.map((e) => ({ kind: "email", identifier: `email ${e}` })),
        ...(user ? [{ kind: "product_user", identifier: `user ${user}` }] : []),
      ],
    }),
  ),
);
const groups = (placed: Map<string, { node: string }>): string[] => {
  const by = Map.groupBy([...placed], ([, { node }]) => node);
  return [...by.values()]
    .map((members) =>
      members
        .map(([key]) => key)
        .sort()
        .join(),
    )
    .sort();
};

describe("clustering people", () => {
  it("doesn't depend on the order of the records", () => {
    fc.assert(
      fc.property(records, fc.infiniteStream(fc.nat()), (all, order) => {
        const shuffled = all
          .map((r) => ({ r, at: order.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ r }) => r);
        expect(cluster("person", shuffled)).toEqual(cluster("person", all));
        expect(groups(cluster("person", shuffled))).toEqual(groups(cluster("person", all)));
      }),
    );
  });

  it("changes nobody's customer when somebody unrelated comes", () => {
    fc.assert(
      fc.property(records, (all) => {
        const stranger: Clusterable = {
          key: "new",
          firstSeq: 99,
          type: "zendesk.user",
          identifiers: [{ kind: "email", identifier: "email z" }],
          account: null,
        };
        const before = cluster("person", all);
        const after = cluster("person", [...all, stranger]);
        for (const [key, placement] of before) expect(after.get(key)).toEqual(placement);
        expect(after.get("new")).toEqual({ node: "new", rule: "founder" });
      }),
    );
  });

  it("names a customer after the oldest record, and every member with it", () => {
    fc.assert(
      fc.property(records, (all) => {
        const placed = cluster("person", all);
        for (const members of Map.groupBy([...placed], ([, { node }]) => node).values()) {
          const own = members.map(([key]) => all.find((r) => r.key === key)!);
          const oldest = own.sort((a, b) => a.firstSeq - b.firstSeq || (a.key < b.key ? -1 : 1))[0]!;
          expect(members[0]![1].node).toBe(oldest.key);
        }
      }),
    );
  });

  it("joins whoever shares an address, unless two accounts claim it", () => {
    fc.assert(
      fc.property(records, (all) => {
        const placed = cluster("person", all);
        for (const identifier of ["email a", "email b"]) {
          const holders = all.filter((r) => r.identifiers.some((i) => i.identifier === identifier));
          const claims = new Set(holders.map((r) => r.account).filter((a) => a !== null));
          if (claims.size > 1) continue;
          expect(new Set(holders.map((r) => placed.get(r.key)!.node)).size).toBeLessThanOrEqual(1);
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
const companies = fc.array(company, { maxLength: 8 }).map((all) =>
  all.map(
    ({ firstSeq, type, domains, crmId }, i): Clusterable => ({
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

/** Who belongs together, by walking from record to record over what they share: another way to the same end. */
function reachable(kind: CustomerKind, all: readonly Clusterable[]): string[] {
  const holdersOf = (identifier: string) => all.filter((r) => r.identifiers.some((i) => i.identifier === identifier));
  const sharedBy = (record: Clusterable) =>
    record.identifiers
      .filter((i) => i.kind in clusteringKinds[kind] && !isContested(kind, holdersOf(i.identifier)))
      .flatMap((i) => holdersOf(i.identifier));
  const from = (start: Clusterable): Set<Clusterable> => {
    const seen = new Set([start]);
    for (const next of seen) for (const near of sharedBy(next)) seen.add(near);
    return seen;
  };
  const found = all.map((r) =>
    [...from(r)]
      .map((m) => m.key)
      .sort()
      .join(),
  );
  return [...new Set(found)].sort();
}

describe("clustering anybody", () => {
  it("joins those who share something certain, directly or through others, and nobody else", () => {
    fc.assert(
      fc.property(fc.constantFrom<CustomerKind>("person", "company"), fc.oneof(records, companies), (kind, all) => {
        expect(groups(cluster(kind, all))).toEqual(reachable(kind, all));
      }),
      { numRuns: 300 },
    );
  });

  it("says by which rule each one joined; only the founder by none", () => {
    fc.assert(
      fc.property(companies, (all) => {
        for (const [key, { node, rule }] of cluster("company", all)) {
          expect(rule === "founder").toBe(node === key);
          if (rule !== "founder") expect(clusteringKinds.company).toHaveProperty(rule);
        }
      }),
    );
  });
});

describe("clustering companies", () => {
  const account = (key: string, ...identifiers: [string, string][]): Clusterable => ({
    key,
    firstSeq: Number(key.slice(1)),
    type: key.startsWith("a") ? "salesforce.account" : "zendesk.organization",
    account: null,
    identifiers: identifiers.map(([kind, identifier]) => ({ kind, identifier })),
  });

  it("takes no side where two accounts have one domain, and follows the CRM's id all the same", () => {
    const one = account("a1", ["domain", "acme.com"], ["crm_id", "1"]);
    const two = account("a2", ["domain", "acme.com"], ["crm_id", "2"]);
    const organization = account("o3", ["domain", "acme.com"], ["crm_id", "2"]);
    expect(groups(cluster("company", [one, organization]))).toEqual(["a1,o3"]);
    expect(groups(cluster("company", [one, two, organization]))).toEqual(["a1", "a2,o3"]);
  });

  it("joins nobody by a phone number", () => {
    expect(groups(cluster("company", [account("a1", ["phone", "+1"]), account("o2", ["phone", "+1"])]))).toEqual(["a1", "o2"]);
  });

  it("is as certain as its rule", () => {
    for (const rule of ["email", "product_user", "crm_id", "domain"]) {
      expect(confidenceOf(rule)).toBeGreaterThan(0.5);
      expect(confidenceOf(rule)).toBeLessThan(1);
    }
    expect(confidenceOf("founder")).toBe(1);
  });
});

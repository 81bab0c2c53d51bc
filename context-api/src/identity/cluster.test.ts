import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cluster } from "./cluster.ts";
import { type ClusterDecision, type ClusterRecord, type CustomerKind, clusteringKinds, confidenceOf } from "./clusterRecord.ts";
import { isContested } from "./holders.ts";
import { compareNames } from "./names.ts";

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
      distinctName: r.type.startsWith("salesforce.") ? r.name : null,
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
const withoutName = (r: ClusterRecord): ClusterRecord => ({ ...r, name: null });
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
        const memberships = cluster("person", inputs.map(withoutName));
        for (const identifier of ["email a", "email b"]) {
          const holders = inputs.filter((r) => r.identifiers.some((i) => i.identifier === identifier));
          const claims = new Set(holders.map((r) => r.account).filter((a) => a !== null));
          const names = new Set(holders.map((r) => r.distinctName).filter((name) => name !== null));
          if (claims.size > 1 || names.size > 1) continue;
          expect(new Set(holders.map((r) => memberships.get(r.key)!.node)).size).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});

describe("a user's id in other cases", () => {
  const user = (key: string, type: string, id: string, name: string | null = null): ClusterRecord => ({
    key,
    firstSeq: Number(key.slice(1)),
    type,
    account: null,
    name,
    identifiers: [
      { kind: "product_user", identifier: `id ${id}` },
      { kind: "product_user_case", identifier: `folded ${id.toLowerCase()}` },
    ],
  });
  const groupsOf = (...inputs: ClusterRecord[]) => groups(cluster("person", inputs));

  it("joins the records of two sources while nobody else has another", () => {
    const inputs = [user("k1", "zendesk.user", "USR-9"), user("k2", "mixpanel.user", "usr-9")];
    expect(groupsOf(...inputs)).toEqual(["k1,k2"]);
    expect(cluster("person", inputs).get("k2")).toEqual({ node: "k1", rule: "product_user_case" });
    expect(confidenceOf("product_user_case")).toBeLessThan(confidenceOf("product_user"));
  });

  it("joins nothing when one source has two users with it, except records with the same spelling", () => {
    const users = [user("k2", "mixpanel.user", "usr-9"), user("k3", "mixpanel.user", "USR-9")];
    expect(groupsOf(user("k1", "zendesk.user", "Usr-9"), ...users)).toEqual(["k1", "k2", "k3"]);
    expect(groupsOf(user("k1", "zendesk.user", "usr-9"), ...users)).toEqual(["k1,k2", "k3"]);
  });

  it("joins no people whose names contradict each other", () => {
    expect(groupsOf(user("k1", "zendesk.user", "USR-9", "Ann Lee"), user("k2", "mixpanel.user", "usr-9", "Bob Ray"))).toEqual([
      "k1",
      "k2",
    ]);
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
        const nameless = inputs.map(withoutName);
        expect(groups(cluster(kind, nameless))).toEqual(reachable(kind, nameless));
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
    distinctName: type.startsWith("crm.") || type.startsWith("other-crm.") ? name : null,
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

describe("names that contradict each other", () => {
  const person = (key: string, name: string | null, ...identifiers: string[]): ClusterRecord => ({
    key,
    firstSeq: Number(key.slice(1)),
    type: `source${key}.user`,
    account: null,
    name,
    identifiers: identifiers.map((text) => ({ kind: text.split(" ")[0] ?? "", identifier: text })),
  });
  const groupsOf = (...people: ClusterRecord[]) => groups(cluster("person", people));

  it("keep people of different sources apart", () => {
    const successor = person("a2", "Bob Ray", "email head@acme.com");
    expect(groupsOf(person("a1", "Ann Lee", "email head@acme.com"), successor)).toEqual(["a1", "a2"]);
    expect(groupsOf(person("a1", "Ann Lee", "email head@acme.com"), person("a2", "Tom Lee", "email head@acme.com"))).toEqual([
      "a1",
      "a2",
    ]);
  });

  it("are not joined by the id of a device that several people use", () => {
    const [ann, bob] = [person("a1", "Ann", "product_user kiosk"), person("a2", "Bob", "product_user kiosk")];
    expect(groupsOf(ann, bob, person("a3", null, "product_user kiosk"))).toEqual(["a1", "a2", "a3"]);
  });

  it("are not those of other spellings, and not those of a missing name", () => {
    expect(groupsOf(person("a1", "Robert Ray", "email x"), person("a2", "Ray, Bob", "email x"))).toEqual(["a1,a2"]);
    expect(groupsOf(person("a1", "Ann Lee", "email x"), person("a2", null, "email x"))).toEqual(["a1,a2"]);
  });

  it("never meet in one customer through others", () => {
    fc.assert(
      fc.property(records, (inputs) => {
        for (const members of Map.groupBy([...cluster("person", inputs)], ([, { node }]) => node).values()) {
          const names = members.map(([key]) => inputs.find((r) => r.key === key)?.name);
          for (const a of names) for (const b of names) expect(compareNames(a, b)).not.toBe("contradicting");
        }
      }),
    );
  });
});

describe("decisions", () => {
  const person = (key: string, name: string | null, ...emails: string[]): ClusterRecord => ({
    key,
    firstSeq: Number(key.slice(1)),
    type: "desk.user",
    account: null,
    name,
    identifiers: emails.map((email) => ({ kind: "email", identifier: email })),
  });
  const decision = (effect: ClusterDecision["effect"], left: string[], right: string[], sequence = 10): ClusterDecision => ({
    key: `d${sequence}`,
    sequence,
    effect,
    sides: [left, right],
  });

  it("of a person join records whose names contradict each other, and later records that agree with either", () => {
    const people = [
      person("a1", "Ann Lee", "x"),
      person("a2", "Bob Ray", "y"),
      person("a3", "Bob Ray", "y"),
      person("a4", "Ann Lee", "x"),
    ];
    expect(groups(cluster("person", people))).toEqual(["a1,a4", "a2,a3"]);
    expect(groups(cluster("person", people, [decision("together", ["a1"], ["a2"])]))).toEqual(["a1,a2,a3,a4"]);
  });

  it("of the model join no records whose names contradict each other", () => {
    const model = [decision("model", ["a1"], ["a2"])];
    expect(groups(cluster("person", [person("a1", "Ann Lee"), person("a2", "Bob Ray")], model))).toEqual(["a1", "a2"]);
    expect(groups(cluster("person", [person("a1", "Robert Ray"), person("a2", "Bob Ray")], model))).toEqual(["a1,a2"]);
  });

  it("let one record leave, and the others and later ones stay together", () => {
    const people = ["a1", "a2", "a3", "a4"].map((key) => person(key, null, "x"));
    expect(groups(cluster("person", people, [decision("apart", ["a1", "a3"], ["a2"])]))).toEqual(["a1,a3,a4", "a2"]);
  });

  it("keep the id of a customer whose oldest record left", () => {
    const people = ["a1", "a2", "a3"].map((key) => person(key, null, "x"));
    const memberships = cluster("person", people, [decision("apart", ["a2", "a3"], ["a1"])]);
    expect([...memberships].map(([key, { node }]) => [key, node])).toEqual([
      ["a1", "d10"],
      ["a2", "a1"],
      ["a3", "a1"],
    ]);
  });

  it("split a customer into two, although one address joined all", () => {
    const people = ["a1", "a2", "a3", "a4"].map((key) => person(key, null, "x"));
    expect(groups(cluster("person", people, [decision("split", ["a1", "a2"], ["a3", "a4"])]))).toEqual(["a1,a2", "a3,a4"]);
  });

  it("keep two customers apart against later evidence", () => {
    const people = [person("a1", null, "x"), person("a2", null, "x"), person("a3", null, "x")];
    const distinct = [decision("distinct", ["a1"], ["a2"])];
    expect(groups(cluster("person", people, distinct))).toEqual(["a1", "a2", "a3"]);
    expect(groups(cluster("person", people, [...distinct, decision("model", ["a1"], ["a2"], 11)]))).toEqual(["a1", "a2", "a3"]);
  });

  it("never leave records of both sides in one customer, and do not depend on the order", () => {
    const keys = fc.uniqueArray(fc.constantFrom(...Array.from({ length: 8 }, (_, i) => `k${i}`)), { minLength: 1, maxLength: 3 });
    const effect = fc.constantFrom<ClusterDecision["effect"]>("together", "model", "apart", "split", "distinct");
    const anyDecisions = fc.array(fc.record({ effect, left: keys, right: keys }), { maxLength: 6 }).map((list) =>
      list.map(({ effect: name, left, right }, i) =>
        decision(
          name,
          left,
          right.filter((key) => !left.includes(key)),
          100 + i,
        ),
      ),
    );
    fc.assert(
      fc.property(records, anyDecisions, (inputs, decisions) => {
        const memberships = cluster("person", inputs, decisions);
        for (const { effect: name, sides } of decisions) {
          if (name === "together" || name === "model") continue;
          const nodesOf = (side: readonly string[]) => new Set(side.flatMap((key) => memberships.get(key)?.node ?? []));
          expect(nodesOf(sides[0]).intersection(nodesOf(sides[1])).size).toBe(0);
        }
        expect(cluster("person", inputs.toReversed(), decisions.toReversed())).toEqual(memberships);
        expect(new Set([...memberships.values()].map(({ node }) => node)).size).toBe(new Set(groups(memberships)).size);
      }),
      { numRuns: 300 },
    );
  });
});

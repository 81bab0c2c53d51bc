import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Clusterable, cluster } from "./cluster.ts";

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
        expect(cluster("person", shuffled)).toEqual(
          cluster("person", all).size ? new Map([...cluster("person", all)]) : new Map(),
        );
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

import { describe, expect, it } from "vitest";
import { cluster } from "./cluster.ts";
import { type ClusterRecord, confidenceOf } from "./clusterRecord.ts";

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

  it("joins an organization with domains of two accounts to the one that has its name, otherwise to neither", () => {
    const agency = { ...account("a1", ["domain", "agency.com"], ["crm_id", "1"]), name: "Agency Inc.", isAccount: true };
    const client = { ...account("a2", ["domain", "client.com"], ["crm_id", "2"]), name: "Client", isAccount: true };
    const organization = (name: string) => ({ ...account("o3", ["domain", "agency.com"], ["domain", "client.com"]), name });
    expect(groups(cluster("company", [agency, client, organization("Agency")]))).toEqual(["a1,o3", "a2"]);
    expect(groups(cluster("company", [agency, client, organization("Agency Client")]))).toEqual(["a1", "a2", "o3"]);
  });

  it("does not join companies of two sources whose names have nothing in common", () => {
    const [first, second] = [account("a1", ["domain", "acme.com"]), account("o2", ["domain", "acme.com"])];
    expect(
      groups(
        cluster("company", [
          { ...first, name: "Contoso Ltd" },
          { ...second, name: "Fabrikam" },
        ]),
      ),
    ).toEqual(["a1", "o2"]);
    for (const [a, b] of [
      ["Acme GmbH", "ACME Gesellschaft mbH"],
      ["IBM", "International Business Machines"],
      ["Acme", "Acme Support"],
    ])
      expect(
        groups(
          cluster("company", [
            { ...first, name: a ?? null },
            { ...second, name: b ?? null },
          ]),
        ),
      ).toEqual(["a1,o2"]);
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

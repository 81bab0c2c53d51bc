import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SCHEMA } from "../lab/simulators/salesforce/schema.ts";
import { type ConfigTree, type House, type HouseOptions, openHouse } from "../support/house.ts";
import { until } from "../support/until.ts";

let house: House;
beforeEach(async () => {
  house = await openHouse(quiet());
});
afterEach(() => house.close());

interface Alert {
  kind: string;
  severity: string;
  connection: string;
  subject: string;
  closedAt: string | null;
}
const alerts = async (state = "open") => (await house.ask(`/v1/alerts?state=${state}&limit=1000`)).body.items as Alert[];

/** Days pass in leaps: sessions outlast them, and no pull comes between. */
function quiet(more: (config: ConfigTree) => void = () => {}): HouseOptions {
  return {
    lab: { limits: { salesforce: { tokenSeconds: 1e8 }, zendesk: { tokenSeconds: 1e8 } } },
    configure: (config) => {
      for (const tenant of Object.values(config.tenants) as ConfigTree[]) {
        for (const connection of tenant.connections) connection.sync = { default: { mode: "every", minutes: 1e6 } };
      }
      more(config);
    },
  };
}

/** The last call of a look at acme's Salesforce. */
const looks = () =>
  house.requests("salesforce").filter((r) => r.tenant === "acme" && r.path === "/services/data/" && r.status === 200).length;

/** Lets a day go by, until the platforms have been looked at once more. */
async function lookedAtAgain(): Promise<void> {
  const before = looks();
  let settled = 0;
  await until("another look", () => {
    const isDone = looks() > before;
    house.clock.advance(isDone ? 1_000 : 1_200_000);
    if (isDone) settled += 1;
    return settled > 15;
  });
}

describe("a platform that changes its form", () => {
  it("is noticed: a new field, one that vanished, a changed type, and what is mapped to nothing", async () => {
    await lookedAtAgain();
    expect((await alerts()).filter((a) => a.severity === "critical")).toEqual([]);
    const { fields } = SCHEMA.get("account")!;
    const before = new Map(fields);
    const plan = fields.get("plan__c")!;
    try {
      fields.set("plan__c", { ...plan, type: "double" });
      fields.set("segment__c", { ...plan, name: "Segment__c" });
      fields.delete("next_step__c");
      await lookedAtAgain();
      const open = await alerts();
      const told = open.filter((a) => a.connection === "salesforce").map((a) => [a.kind, a.severity, a.subject]);
      expect(told).toContainEqual(["field_type_changed", "critical", "Account.Plan__c"]);
      expect(told).toContainEqual(["mapped_field_gone", "critical", "Account.Next_Step__c"]);
      expect(told).toContainEqual(["field_new", "info", "Account.Segment__c"]);
      expect(house.logged.some((line) => line.includes("Account.Next_Step__c") && line.includes('"level":50'))).toBe(true);
    } finally {
      fields.clear();
      for (const [name, field] of before) fields.set(name, field);
    }
    await lookedAtAgain();
    expect((await alerts()).map((a) => a.kind)).not.toContain("mapped_field_gone");
    expect((await alerts("closed")).map((a) => [a.kind, a.subject])).toContainEqual([
      "mapped_field_gone",
      "Account.Next_Step__c",
    ]);
  });

  it("is looked at once a day, and not by whoever restarts", async () => {
    await lookedAtAgain();
    const seen = looks();
    await house.restart();
    house.clock.advance(3_600_000);
    await house.context(house.lab.tenants["acme"]!.examples.resolved[0]!);
    expect(looks()).toBe(seen);
  });
});

describe("a mapping to a field that an org doesn't have", () => {
  it("is an alert from the first look on", async () => {
    const mapped = await openHouse(
      quiet((config) => {
        const salesforce = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
        salesforce.settings.mapping = { account: { arr: "Annual_Value__c" } };
        salesforce.settings.apiVersion = "65.0";
      }),
    );
    try {
      let items: Alert[] = [];
      await until("the alert", async () => {
        mapped.clock.advance(600_000);
        items = (await mapped.ask("/v1/alerts")).body.items;
        return items.some((a) => a.kind === "mapped_field_gone");
      });
      expect(items).toMatchObject([
        { kind: "mapped_field_gone", severity: "critical", subject: "Account.Annual_Value__c", closedAt: null },
      ]);
      const theirs = (await mapped.ask("/v1/alerts?type=mapped_field_gone", { tenant: "globex" })).body.items;
      expect(theirs).toEqual([]);
    } finally {
      await mapped.close();
    }
  });
});

import { advanceUntil, idle } from "@sidelight/test-support/advance.ts";
import { until } from "@sidelight/test-support/until.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, type HarnessOptions, openHarness } from "../harness/harness.ts";
import { SCHEMA } from "../lab/simulators/salesforce/schema.ts";

let harness: Harness;
beforeEach(async () => {
  harness = await openHarness(withoutPulls());
});
afterEach(() => harness.close());

interface Alert {
  kind: string;
  severity: string;
  connection: string;
  subject: string;
  closedAt: string | null;
}
const alerts = async (state = "open") => (await harness.request(`/v1/alerts?state=${state}&limit=1000`)).body.items as Alert[];

/** The clock advances by days: tokens do not expire, and no pull runs between. */
function withoutPulls(configure: (config: ConfigTree) => void = () => {}): HarnessOptions {
  return {
    otherTenant: true,
    lab: { limits: { salesforce: { tokenSeconds: 1e8 }, zendesk: { tokenSeconds: 1e8 } } },
    configure: (config) => {
      for (const tenant of Object.values(config.tenants) as ConfigTree[]) {
        for (const connection of tenant.connections) connection.sync = { default: { mode: "every", minutes: 1e6 } };
      }
      configure(config);
    },
  };
}

/** Schema checks of acme's Salesforce, counted by their last call. */
const countChecks = () =>
  harness.requests("salesforce").filter((r) => r.tenant === "acme" && r.path === "/services/data/" && r.status === 200).length;

/** Advances the clock by a day, until the schemas were checked again. */
async function untilNextCheck(): Promise<void> {
  const checksBefore = countChecks();
  let settlingSteps = 0;
  await until("another check", async () => {
    await idle(harness.clock);
    const isDone = countChecks() > checksBefore;
    harness.clock.advance(isDone ? 1_000 : 1_200_000);
    if (isDone) settlingSteps += 1;
    return settlingSteps > 15;
  });
}

describe("a platform whose schema changes", () => {
  it("raises alerts for a new field, a changed type and a missing mapped field", async () => {
    await untilNextCheck();
    expect((await alerts()).filter(({ kind }) => /^(mapped_)?field_/.test(kind))).toEqual([]);
    const { fields } = SCHEMA.get("account")!;
    const originalFields = new Map(fields);
    const plan = fields.get("plan__c")!;
    try {
      fields.set("plan__c", { ...plan, type: "double" });
      fields.set("segment__c", { ...plan, name: "Segment__c" });
      fields.delete("next_step__c");
      await untilNextCheck();
      const open = await alerts();
      const alertKeys = open.filter((a) => a.connection === "salesforce").map((a) => [a.kind, a.severity, a.subject]);
      expect(alertKeys).toContainEqual(["field_type_changed", "critical", "Account.Plan__c"]);
      expect(alertKeys).toContainEqual(["mapped_field_gone", "critical", "Account.Next_Step__c"]);
      expect(alertKeys).toContainEqual(["field_new", "info", "Account.Segment__c"]);
      expect(harness.logged.some((line) => line.includes("Account.Next_Step__c") && line.includes('"level":50'))).toBe(true);
    } finally {
      fields.clear();
      for (const [name, field] of originalFields) fields.set(name, field);
    }
    await untilNextCheck();
    expect((await alerts()).map((a) => a.kind)).not.toContain("mapped_field_gone");
    expect((await alerts("closed")).map((a) => [a.kind, a.subject])).toContainEqual([
      "mapped_field_gone",
      "Account.Next_Step__c",
    ]);
  });

  it("is checked once a day, not after every restart", async () => {
    await untilNextCheck();
    const checks = countChecks();
    await harness.restart();
    harness.clock.advance(3_600_000);
    await harness.context(harness.lab.tenants["acme"]!.examples.resolved[0]!);
    expect(countChecks()).toBe(checks);
  });
});

describe("a mapping to a field that does not exist", () => {
  it("is an alert from the first check on", async () => {
    const mapped = await openHarness(
      withoutPulls((config) => {
        const salesforce = config.tenants.acme.connections.find((c: { id: string }) => c.id === "salesforce");
        salesforce.settings.mapping = { account: { arr: "Annual_Value__c" } };
        salesforce.settings.apiVersion = "65.0";
      }),
    );
    try {
      let items: Alert[] = [];
      await advanceUntil(mapped.clock, 600_000, "the alert", async () => {
        items = (await mapped.request("/v1/alerts")).body.items;
        return items.some((a) => a.kind === "mapped_field_gone");
      });
      expect(items).toMatchObject([
        { kind: "mapped_field_gone", severity: "critical", subject: "Account.Annual_Value__c", closedAt: null },
      ]);
      const otherTenant = (await mapped.request("/v1/alerts?type=mapped_field_gone", { tenant: "globex" })).body.items;
      expect(otherTenant).toEqual([]);
    } finally {
      await mapped.close();
    }
  });
});

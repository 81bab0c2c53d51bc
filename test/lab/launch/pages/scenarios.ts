import type { Hono } from "hono";
import { z } from "zod";
import { ScenarioError } from "../../control/scenario.ts";
import type { HostScenarios } from "../../hosts/hostScenarios.ts";
import type { Lab, LabTenant } from "../../simulators/lab.ts";
import { DELIVERIES } from "../../world/cause.ts";
import { customerOf } from "../../world/mutations/customer.ts";
import type { PagesDeps } from "./pagesDeps.ts";
import { isSameOrigin } from "./sameOrigin.ts";
import { deliveryOptions, scenarioGroups, scenarioKinds } from "./scenarioKinds.ts";
import { describeScenario, type ScenarioReport } from "./scenarioReport.ts";
import { webhookProgress } from "./webhookProgress.ts";

const ScenarioForm = z.strictObject({
  kind: z.enum(scenarioKinds),
  tenant: z.string().max(40),
  delivery: z.enum(DELIVERIES).nullable().default(null),
  about: z.string().max(600).nullable().default(null),
});
export type ScenarioForm = z.infer<typeof ScenarioForm>;

type Outcome = (ScenarioReport & { id: string }) | { error: string };

/** Runs a scenario, as the control server does, and describes it. */
export function runScenario(lab: Lab, { kind, tenant, delivery, about: customer }: ScenarioForm): Outcome {
  try {
    const result = lab.runScenario({ kind, tenant, ...(delivery ? { delivery } : {}), ...(customer ? { customer } : {}) });
    return { id: result.id, ...describeScenario(lab.tenants[tenant]!, result) };
  } catch (error) {
    if (error instanceof ScenarioError) return { error: error.message };
    throw error;
  }
}

/** The scenarios for the customer that a host page shows. A new lead belongs to no customer. */
export function hostScenarios(lab: Lab, tenant: string): HostScenarios {
  const HostForm = ScenarioForm.pick({ kind: true, about: true });
  return {
    kinds: scenarioGroups.flatMap(({ kinds }) => [...kinds]).filter(({ kind }) => kind !== "lead_created"),
    run(body) {
      const form = HostForm.safeParse(body);
      return form.success ? runScenario(lab, { ...form.data, tenant, delivery: null }) : { error: "kind and about are needed" };
    },
  };
}

/** "Make something happen" on the home page. */
export function scenarioRoutes(app: Hono, { lab, api }: PagesDeps): void {
  app.get("/scenarios.json", (c) =>
    c.json({
      ready: api() !== null,
      groups: scenarioGroups,
      deliveryOptions,
      tenants: Object.entries(lab.tenants).map(([name, tenant]) => ({ name, customers: customersOf(tenant) })),
    }),
  );

  app.post("/scenarios", async (c) => {
    if (!isSameOrigin(c)) return c.json({ error: "Only this page may do that." }, 403);
    const form = ScenarioForm.safeParse(await c.req.json().catch(() => null));
    if (!form.success) return c.json({ error: "kind and tenant are needed" }, 400);
    const outcome = runScenario(lab, form.data);
    return c.json(outcome, "error" in outcome ? 409 : 200);
  });

  app.get("/scenarios/:id", (c) => {
    const webhooks = lab.webhooks.list({ scenario: c.req.param("id") });
    return c.json(webhookProgress(webhooks, Date.now()));
  });
}

/** The example customers. Several refs may belong to one customer, who is listed once. */
function customersOf({ world, examples }: LabTenant): { ref: string; name: string }[] {
  const customers = examples.resolved.flatMap((ref) => {
    const customer = customerOf(world, ref);
    if (!customer) return [];
    const person = customer.person === null ? null : world.people[customer.person]!;
    const company = customer.company === null ? null : world.companies[customer.company]!;
    const name = person ? `${person.first} ${person.last}` : company?.name;
    return name ? [{ ref, name }] : [];
  });
  return [...new Map(customers.map((customer) => [customer.name, customer])).values()];
}

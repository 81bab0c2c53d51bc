import type { Hono } from "hono";
import { z } from "zod";
import { Impossible } from "../../control/happening.ts";
import type { HostHappenings } from "../../hosts/happenings.ts";
import type { Lab, LabTenant } from "../../simulators/lab.ts";
import { DELIVERIES } from "../../world/cause.ts";
import { aboutOf } from "../../world/mutations/about.ts";
import { fares, offered, offeredKinds } from "./kinds.ts";
import { news } from "./news.ts";
import { isOurPage } from "./ourPage.ts";
import type { PagesDeps } from "./server.ts";
import { type Telling, tell } from "./telling.ts";

const Wish = z.strictObject({
  kind: z.enum(offeredKinds),
  tenant: z.string().max(40),
  delivery: z.enum(DELIVERIES).nullable().default(null),
  about: z.string().max(600).nullable().default(null),
});
export type Wish = z.infer<typeof Wish>;

type Outcome = (Telling & { id: string }) | { error: string };

/** Makes something happen as the control server does, and says what. */
export function makeHappen(lab: Lab, { kind, tenant, delivery, about }: Wish): Outcome {
  try {
    const told = lab.happen({ kind, tenant, ...(delivery ? { delivery } : {}), ...(about ? { about } : {}) });
    return { id: told.id, ...tell(lab.tenants[tenant]!, told) };
  } catch (error) {
    if (error instanceof Impossible) return { error: error.message };
    throw error;
  }
}

/** The same for the bar of a host page, to the customer that it shows. A lead is nobody's. */
export function hostHappenings(lab: Lab, tenant: string): HostHappenings {
  const Asked = Wish.pick({ kind: true, about: true });
  return {
    kinds: offered.flatMap(({ kinds }) => [...kinds]).filter(({ kind }) => kind !== "lead_created"),
    make(body) {
      const asked = Asked.safeParse(body);
      return asked.success ? makeHappen(lab, { ...asked.data, tenant, delivery: null }) : { error: "kind and about are needed" };
    },
  };
}

/** "Make something happen" on the home page. */
export function happeningRoutes(app: Hono, { lab, opened }: PagesDeps): void {
  app.get("/happenings.json", (c) =>
    c.json({
      ready: opened() !== null,
      offered,
      fares,
      tenants: Object.entries(lab.tenants).map(([name, tenant]) => ({ name, customers: customersOf(tenant) })),
    }),
  );

  app.post("/happenings", async (c) => {
    if (!isOurPage(c)) return c.json({ error: "only this page itself may do that" }, 403);
    const wish = Wish.safeParse(await c.req.json().catch(() => null));
    if (!wish.success) return c.json({ error: "kind and tenant are needed" }, 400);
    const outcome = makeHappen(lab, wish.data);
    return c.json(outcome, "error" in outcome ? 409 : 200);
  });

  app.get("/happenings/:id", (c) => {
    const webhooks = lab.webhooks.list({ happening: c.req.param("id") });
    return c.json(news(webhooks, Date.now()));
  });
}

/** The examples by name; several refs may be one customer's. */
function customersOf({ world, examples }: LabTenant): { ref: string; name: string }[] {
  const named = examples.resolved.flatMap((ref) => {
    const about = aboutOf(world, ref);
    if (!about) return [];
    const person = about.person === null ? null : world.people[about.person]!;
    const company = about.company === null ? null : world.companies[about.company]!;
    const name = person ? `${person.first} ${person.last}` : company?.name;
    return name ? [{ ref, name }] : [];
  });
  return [...new Map(named.map((customer) => [customer.name, customer])).values()];
}

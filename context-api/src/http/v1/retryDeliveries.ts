import { createRoute, z } from "@hono/zod-openapi";
import { Retried } from "@sidelight/contracts/events/delivery.ts";
import { reviewOf } from "../../deliveries/settle.ts";
import { closeAlert } from "../../store/alerts.ts";
import type { ServedTenant } from "../deps.ts";
import type { App } from "../env.ts";
import { ProblemError } from "../problem.ts";
import { requireOperator } from "./requireOperator.ts";
import { json, notFound, problems, security } from "./shared.ts";

const shared = { method: "post" as const, tags: ["Deliveries"], security };
const Filter = z.strictObject({
  source: z.string().max(60).optional().openapi({ description: "Target connection" }),
  type: z.string().max(80).optional().openapi({ description: "Route" }),
  cause: z.string().max(40).optional(),
});

const one = createRoute({
  ...shared,
  path: "/v1/deliveries/{id}/retry",
  operationId: "retryDelivery",
  summary: "Try a delivery again that was given up",
  description: "Under the same id: a platform that has it already doesn't get it twice. What was held behind it goes on.",
  request: { params: z.object({ id: z.string().max(60) }) },
  responses: { 200: json(Retried.clone().openapi("Retried"), "To be tried at once"), ...problems, ...notFound },
});
const many = createRoute({
  ...shared,
  path: "/v1/deliveries/retry",
  operationId: "retryDeliveries",
  summary: "Try again what was given up, by filter",
  request: { body: { required: true, content: { "application/json": { schema: Filter } } } },
  responses: { 200: json(Retried.clone().openapi("RetriedDeliveries"), "How many; 1,000 at most a time"), ...problems },
});

export function retryDeliveries(app: App): void {
  app.openapi(many, async (c) => {
    requireOperator(c.get("actor"));
    const { source, type, cause } = c.req.valid("json");
    const served = c.get("served");
    const dead = await served.deliveries.list({ limit: 1_000, state: "dead", target: source, route: type, cause });
    return c.json({ retried: await retry(served, dead) }, 200, { "cache-control": "no-store" });
  });
  app.openapi(one, async (c) => {
    requireOperator(c.get("actor"));
    const served = c.get("served");
    const [known] = await served.deliveries.list({ limit: 1, id: c.req.valid("param").id });
    if (!known) throw new ProblemError("not_found", "There is no such delivery.");
    if (known.state !== "dead") throw new ProblemError("conflict", `The delivery is ${known.state}.`);
    return c.json({ retried: await retry(served, [known]) }, 200, { "cache-control": "no-store" });
  });
}

async function retry(
  { tenant, deliveries, routing }: ServedTenant,
  dead: { id: string; route: string; target: string; subject: string }[],
): Promise<number> {
  if (dead.length === 0) return 0;
  const now = tenant.clock.now();
  const again = { state: "waiting", attempts: 0, next_at: now, settled_at: null };
  const statements = dead.flatMap(({ id, route, target, subject }) => [
    closeAlert(tenant.log.store, reviewOf(route, target), now),
    deliveries.update(id, again),
    tenant.log.store.statements
      .updateTable("deliveries")
      .set({ state: "waiting" })
      .where("tenant", "=", tenant.id)
      .where("state", "=", "held")
      .where("route", "=", route)
      .where("subject", "=", subject)
      .compile(),
  ]);
  await tenant.log.commit({ statements, correlationId: "retry" });
  routing?.retry();
  return dead.length;
}

import type { ListedDelivery, NewDelivery } from "../../deliveries/deliveryQueue.ts";
import { duplicateCause } from "../../deliveries/duplicateCauses.ts";
import { findEvent } from "../../log/listEvents.ts";
import { withCarriedRecord } from "../../log/payload.ts";
import { createCustomerDataSource } from "../../routing/customerDataSource.ts";
import { foreign } from "../../routing/echoes.ts";
import { planDelivery } from "../../routing/match.ts";
import { openDocument } from "../../routing/routeDocument.ts";
import { activeRoutesOf } from "../routes/activeRoutes.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** How a dead letter is tried again. */
export type RetryPlan =
  /** With the input that it has. */
  | { as: "stored" }
  /** With what the active route makes of the event. */
  | { as: "planned"; delivery: NewDelivery }
  /** Not at all. */
  | { as: "kept"; message: string };

const storedPlan: RetryPlan = { as: "stored" };

/**
 * Plans dead letters again whose route was changed since, so that a corrected transformer applies to them. A mapping that failed left
 * no input, so that such a dead letter has nothing else to send.
 */
export function createRetryPlanner(servedServedTenant: ServedTenant): (delivery: ListedDelivery) => Promise<RetryPlan> {
  const { tenant, contexts, deliveries } = servedServedTenant;
  const { log } = tenant;
  const active = activeRoutesOf(servedServedTenant);
  const customerData = createCustomerDataSource(tenant, contexts);

  return async (delivery) => {
    const hasFailedMapping = delivery.cause === "misconfigured";
    const isOutdated = delivery.config !== active.version && delivery.cause !== duplicateCause;
    if (delivery.state !== "dead_letter" || !(hasFailedMapping || isOutdated)) return storedPlan;
    const payload = (await deliveries.find(delivery.id))?.payload;
    const withoutRoute =
      payload?.input == null ? keptPlan("The route is not active any more, and its mapping failed before.") : storedPlan;
    const route = active.routes.find(({ id, target }) => id === delivery.route && target.id === delivery.target);
    const loggedEvent = await findEvent(log, delivery.event_id);
    if (!route || !payload || !loggedEvent?.payload) return withoutRoute;
    const event = withCarriedRecord({ ...loggedEvent, payload: loggedEvent.payload });
    const document = openDocument(event, await customerData.forEvent(event), active.settings);
    const origin = { ...foreign, hops: payload.hops ?? 0 };
    const plan = await planDelivery(route, event, document, { version: active.version, origin }, { log, customerData });
    if ("reason" in plan)
      return route.matches(event.type) ? keptPlan("The active route does not take this event. Nothing was sent.") : withoutRoute;
    // A delivery of history has another id: its event counted as another one.
    if (plan.delivery.id !== delivery.id) return withoutRoute;
    return { as: "planned", delivery: plan.delivery };
  };
}

const keptPlan = (message: string): RetryPlan => ({ as: "kept", message });

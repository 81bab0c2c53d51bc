import { queueName } from "../../deliveries/workers.ts";
import { deliveriesTopic } from "../announcements.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** After a decision about who is who: deliveries that waited for one are checked again. Those that still wait are held again. */
export async function requeueHeld({ tenant, deliveries }: Pick<ServedTenant, "tenant" | "deliveries">): Promise<void> {
  const heldDeliveries = await deliveries.held();
  if (heldDeliveries.length === 0) return;
  const now = tenant.clock.now();
  const statements = heldDeliveries.flatMap((delivery) => deliveries.requeue(delivery, now));
  await tenant.log.commit({ statements, correlationId: "identity" });
  for (const queue of new Set(heldDeliveries.map(({ target, action }) => queueName(target, action))))
    tenant.log.announce(deliveriesTopic(queue));
}

import type { RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import type { Deliveries } from "../../deliveries/deliveryQueue.ts";
import { requeuedTopic } from "../announcements.ts";
import type { AuditEntry } from "../audit.ts";
import type { ServiceContext } from "../service.ts";

type DeadLetter = Awaited<ReturnType<Deliveries["list"]>>[number];

/** Makes dead letters wait again, with everything that they block, in one commit. @param cause a new cause of all of them */
export async function requeue(
  { served, actor, audit }: ServiceContext,
  deadLetters: readonly DeadLetter[],
  entry: AuditEntry,
  cause?: string,
): Promise<RetriedDeliveries> {
  const { tenant, deliveries } = served;
  if (deadLetters.length === 0) return { retried: 0 };
  const now = tenant.clock.now();
  const statements = deadLetters.flatMap((delivery) => deliveries.requeue(delivery, now, cause));
  await audit(actor, entry, (auditRows) =>
    tenant.log.commit({ statements: [...statements, ...auditRows], correlationId: "retry" }),
  );
  tenant.log.announce(requeuedTopic);
  return { retried: deadLetters.length };
}

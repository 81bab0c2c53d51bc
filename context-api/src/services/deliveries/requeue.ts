import type { RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import type { ListedDelivery } from "../../deliveries/deliveryQueue.ts";
import { yieldToEventLoop } from "../../resilience/yieldToEventLoop.ts";
import type { Statement } from "../../store/statement.ts";
import { noteDeadLetter } from "../../store/tables/deliveries.ts";
import { requeuedTopic } from "../announcements.ts";
import type { AuditEntry } from "../audit.ts";
import type { ServiceContext } from "../service.ts";
import { createRetryPlanner } from "./replan.ts";

/**
 * Makes dead letters wait again, with everything that they block, in one commit. Those whose route was changed get the input that the
 * route makes of the event now. @param cause a new cause of all of them, which keeps their input
 */
export async function requeue(
  { served, actor, audit }: ServiceContext,
  deadLetters: readonly ListedDelivery[],
  entry: AuditEntry,
  cause?: string,
): Promise<RetriedDeliveries> {
  const { tenant, deliveries } = served;
  if (deadLetters.length === 0) return { retried: 0 };
  const now = tenant.clock.now();
  const plan = createRetryPlanner(served);
  const statements: Statement[] = [];
  let keptCount = 0;
  for (const deadLetter of deadLetters) {
    await yieldToEventLoop();
    const retry = cause === undefined ? await plan(deadLetter) : ({ as: "stored" } as const);
    if (retry.as === "planned") {
      statements.push(...(await deliveries.insert([retry.delivery], now, { isRepeat: true })));
      if (retry.delivery.state === "waiting") statements.push(...deliveries.requeue(deadLetter, now));
      else if (retry.delivery.state === "dead_letter") keptCount += 1;
    } else if (retry.as === "kept") {
      statements.push(noteDeadLetter(tenant.log.store, deadLetter.id, retry.message));
      keptCount += 1;
    } else statements.push(...deliveries.requeue(deadLetter, now, cause));
  }
  await audit(actor, entry, (auditRows) =>
    tenant.log.commit({ statements: [...statements, ...auditRows], correlationId: "retry" }),
  );
  tenant.log.announce(requeuedTopic);
  return { retried: deadLetters.length - keptCount, ...(keptCount > 0 ? { kept: keptCount } : {}) };
}

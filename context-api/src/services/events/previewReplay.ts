import type { ReplayPreview } from "@sidelight/contracts/events/replay.ts";
import { listEventsAfter } from "../../log/listEvents.ts";
import { yieldToEventLoop } from "../../resilience/yieldToEventLoop.ts";
import { createCustomerDataSource } from "../../routing/customerDataSource.ts";
import { createReplayPlanner, noCounts, type ReplayedDelivery, type ReplayScope } from "../../routing/replay/planReplay.ts";
import { iso, isoOrNull } from "../instant.ts";
import { activeRoutesOf } from "../routes/activeRoutes.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { requireScope } from "./replayInput.ts";
import { firstSequence } from "./replayRange.ts";

/** A preview reads for this long, and this many events, at most. */
const maxMs = 8_000;
const maxEvents = 20_000;
const batchSize = 200;
const maxExamples = 5;

export interface ReplayInput extends ReplayScope {
  perMinute: number;
}

/** What a replay would send. Sends and writes nothing. @throws {ProblemError} invalid_request */
export const previewReplay = defineService(
  "operate",
  async ({ served }: ServiceContext, { perMinute, ...scope }: ReplayInput): Promise<ReplayPreview> => {
    const { tenant, contexts } = served;
    const { log, clock } = tenant;
    const active = activeRoutesOf(served);
    requireScope(active, scope);
    const plan = createReplayPlanner({ log, customerData: createCustomerDataSource(tenant, contexts) }, scope);
    const counts = noCounts();
    const routes = new Map<string, ReplayPreview["routes"][number]>();
    const examples: ReplayPreview["examples"] = [];
    const endsAt = clock.monotonic() + maxMs;
    const through = log.head();
    let position = await firstSequence(log, scope);
    let lastReceivedAt: number | null = null;
    let readEvents = 0;
    let isComplete = false;
    while (!isComplete && readEvents < maxEvents && clock.monotonic() < endsAt) {
      const events = await listEventsAfter(log, { after: position, through }, batchSize);
      isComplete = events.length < batchSize;
      for (const event of events) {
        await yieldToEventLoop();
        const plans = await plan(event, active, counts);
        plans.forEach(countRoute);
        for (const { delivery } of plans.slice(0, maxExamples - examples.length)) {
          const { event_id: eventId, type, received_at } = event;
          examples.push({ eventId, type, receivedAt: iso(received_at), route: delivery.route });
        }
        lastReceivedAt = event.received_at;
        position = event.sequence;
      }
      readEvents += events.length;
    }
    const minutes = Math.ceil(counts.deliveries / perMinute);
    return {
      ...counts,
      routes: [...routes.values()],
      examples,
      isComplete,
      readThrough: isoOrNull(lastReceivedAt),
      minutes,
    };

    function countRoute({ delivery: { route, action }, isRepeated }: ReplayedDelivery): void {
      const count = routes.get(route) ?? { route, action, deliveries: 0, repeated: 0 };
      count.deliveries += 1;
      if (isRepeated) count.repeated += 1;
      routes.set(route, count);
    }
  },
);

import { addDays } from "@sidelight/model/calendar.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { createPassedOver, type PassedOver } from "@sidelight/platform-kit/passedOver.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import type { MixpanelClient } from "./client.ts";
import { createDistinctEvents } from "./distinctEvents.ts";
import type { ExportedEvent } from "./exportLines.ts";
import type { ProjectDays } from "./projectDays.ts";

export interface ExportTools {
  client: MixpanelClient;
  projectDays: ProjectDays;
  now(): number;
}

export interface ExportRange {
  /** Days of the tenant, inclusive. */
  from: string;
  to: string;
  /** Expression that selects events. */
  where?: string;
  passedOver?: PassedOver;
}

const dayMs = 86_400_000;

/**
 * The events of some days of the tenant, each once, and others of the days beside them: the project may count days in another time
 * zone, so one more day is read at either end.
 */
export async function* eventsOf(
  { client, projectDays, now }: ExportTools,
  { from, to, where, passedOver = createPassedOver() }: ExportRange,
  call: CallOptions,
): AsyncIterable<ExportedEvent> {
  let refusal: PlatformError | null = null;
  for (const lastDay of projectDays.lastDays(addDays(to, 1), call.priority !== "interactive")) {
    const query = { from_date: addDays(from, -1), to_date: lastDay, ...(where === undefined ? {} : { where }) };
    const isFirst = createDistinctEvents();
    const instant = now();
    try {
      for await (const event of client.exportEvents(query, call, passedOver)) {
        if (isFirst(event)) yield* upToNow(event, projectDays, instant, passedOver);
      }
      projectDays.accept(lastDay);
      return;
    } catch (error) {
      if (!isBadRequest(error)) throw error;
      projectDays.refuse(lastDay);
      refusal = error;
    }
  }
  if (refusal) throw refusal;
}

const isBadRequest = (error: unknown): error is PlatformError => error instanceof PlatformError && error.status === 400;

/** Clocks of clients are fast by minutes. An event of the distant future says nothing about a day. */
function* upToNow(
  event: ExportedEvent,
  { instantOf }: ProjectDays,
  now: number,
  passedOver: PassedOver,
): Iterable<ExportedEvent> {
  const { time } = event.properties;
  // Seconds since the epoch; some older projects export milliseconds.
  const instant = instantOf(time > 1e11 ? time : time * 1000);
  if (instant > now + dayMs) passedOver.add("time in the future");
  else yield { ...event, properties: { ...event.properties, time: Math.min(instant, now) } };
}

import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { performAll, performBisecting, performValid } from "@sidelight/platform-kit/batch.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { failure, success } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { Ingest } from "../ingest.ts";
import { ownLibrary } from "../usage.ts";
import { DistinctId, invalid, isBanned, Properties, placeholderId } from "./values.ts";

const Input = z.strictObject({
  distinctId: DistinctId,
  event: z.string().min(1).max(255),
  properties: Properties.default({}),
});
type Input = z.infer<typeof Input>;

/** "We accept up to 2,000 events and 10 MB uncompressed per request", less space for brackets and commas. */
const maxEvents = 2_000;
const maxBytes = 10 * 1024 * 1024 - 4_096;
/** Mixpanel replaces a time further in the future by the time of arrival, which differs between attempts. */
const maxFutureMs = 3_600_000;

/**
 * Imports events. Mixpanel deduplicates by event, time, distinct id and `$insert_id`: the id and time of the effect, which are the
 * same for every attempt.
 */
export const track = (ingest: Ingest, { now }: Pick<ConnectionTools, "now">): Action<Input> => ({
  summary: "Tracks an event",
  purpose: "analytics",
  input: Input,
  batch: maxEvents,
  isMetered: true,
  sameAs: () => null,
  perform: (effects, call) =>
    performAll(effects, () =>
      performValid(
        effects,
        (effect) => problemOf(effect, now()),
        (valid) => sendInBatches(ingest, valid, call),
      ),
    ),
});

async function sendInBatches(ingest: Ingest, effects: Effect<Input>[], call: CallOptions): Promise<Outcome[]> {
  const drafts = effects.map((effect) => ({ id: effect.id, json: jsonOf(effect) }));
  const outcomes: Outcome[] = [];
  for (const batch of batchesBySize(drafts))
    outcomes.push(...(await performBisecting(batch, (part) => send(ingest, part, call), isTooLarge)));
  return outcomes;
}

/** Outcome of an effect that Mixpanel would refuse; null when it can be sent. */
function problemOf({ input, at }: Effect<Input>, now: number): Outcome | null {
  if (isBanned(input.distinctId)) return placeholderId;
  if (at > now + maxFutureMs)
    return failure("rejected", "The event's time is more than an hour in the future. Mixpanel would count every attempt.");
  return null;
}

function jsonOf({ id, at, input: { event, distinctId, properties } }: Effect<Input>): string {
  const { token: _, ...eventProperties } = properties;
  return JSON.stringify({
    event,
    properties: { ...eventProperties, mp_lib: ownLibrary, time: at, distinct_id: distinctId, $insert_id: id },
  });
}

interface Draft {
  id: string;
  json: string;
}

/** Batches of at most 10 MB. */
function batchesBySize(drafts: Draft[]): Draft[][] {
  const batches: Draft[][] = [];
  let batch: Draft[] = [];
  let remaining = 0;
  for (const draft of drafts) {
    const bytes = Buffer.byteLength(draft.json) + 1;
    if (batches.length === 0 || bytes > remaining) {
      batch = [];
      batches.push(batch);
      remaining = maxBytes;
    }
    batch.push(draft);
    remaining -= bytes;
  }
  return batches;
}

async function send(ingest: Ingest, drafts: Draft[], call: CallOptions): Promise<Outcome[]> {
  const refusals = await ingest.importEvents(
    drafts.map(({ json }) => json),
    call,
  );
  return drafts.map(({ id }, i) => {
    const record = refusals.find(({ insertId, index }) => (insertId === null ? index === i : insertId === id));
    return record ? invalid(record) : success(null);
  });
}

const isTooLarge = (error: unknown): boolean => error instanceof PlatformError && error.status === 413;

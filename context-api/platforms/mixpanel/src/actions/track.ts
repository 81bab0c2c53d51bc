import type { Action, Effect, Outcome } from "@sidelight/platform-kit/action.ts";
import { byHalves, told } from "@sidelight/platform-kit/batch.ts";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { done, failed } from "@sidelight/platform-kit/outcome.ts";
import type { CallOptions, ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { Ingest } from "../ingest.ts";
import { DistinctId, invalid, isBanned, isNobody, Properties } from "./values.ts";

const Input = z.strictObject({
  distinctId: DistinctId,
  event: z.string().min(1).max(255),
  properties: Properties.default({}),
});
type Input = z.infer<typeof Input>;

/** "We accept up to 2,000 events and 10 MB uncompressed per request." A bracket and commas are left room for. */
const mostEvents = 2_000;
const mostBytes = 10 * 1024 * 1024 - 4_096;
/** What lies further ahead is given the time of its arrival, which differs from attempt to attempt. */
const aheadMs = 3_600_000;

/**
 * Imports events. Mixpanel takes those of one name, time, distinct id and `$insert_id` for the same: the effect's own id and time,
 * the same for every attempt.
 */
export const track = (ingest: Ingest, { now }: Pick<ConnectionTools, "now">): Action<Input> => ({
  summary: "Tracks an event",
  input: Input,
  batch: mostEvents,
  sameAs: () => null,
  perform: (effects, call) =>
    told(effects, async () => {
      const objections = effects.map((effect) => objection(effect, now()));
      const drafts = effects.filter((_, i) => objections[i] === null).map((effect) => ({ id: effect.id, json: jsonOf(effect) }));
      const sent: Outcome[] = [];
      for (const some of bySize(drafts)) sent.push(...(await byHalves(some, (half) => send(ingest, half, call), isTooMuch)));
      return objections.map((outcome) => outcome ?? sent.shift()!);
    }),
});

function objection({ input, at }: Effect<Input>, now: number): Outcome | null {
  if (isBanned(input.distinctId)) return isNobody;
  if (at > now + aheadMs) return failed("rejected", "The event's time lies ahead: Mixpanel would count each attempt anew.");
  return null;
}

function jsonOf({ id, at, input: { event, distinctId, properties } }: Effect<Input>): string {
  const { token: _, ...own } = properties;
  return JSON.stringify({ event, properties: { ...own, time: at, distinct_id: distinctId, $insert_id: id } });
}

interface Draft {
  id: string;
  json: string;
}

/** In pieces of 10 MB. */
function bySize(drafts: Draft[]): Draft[][] {
  const pieces: Draft[][] = [];
  let room = 0;
  for (const draft of drafts) {
    const bytes = Buffer.byteLength(draft.json) + 1;
    if (pieces.length === 0 || bytes > room) {
      pieces.push([]);
      room = mostBytes;
    }
    pieces.at(-1)!.push(draft);
    room -= bytes;
  }
  return pieces;
}

async function send(ingest: Ingest, drafts: Draft[], call: CallOptions): Promise<Outcome[]> {
  const refused = await ingest.importEvents(
    drafts.map(({ json }) => json),
    call,
  );
  return drafts.map(({ id }, i) => {
    const own = refused.find(({ insertId, index }) => (insertId === null ? index === i : insertId === id));
    return own ? invalid(own) : done(null);
  });
}

const isTooMuch = (error: unknown): boolean => error instanceof PlatformError && error.status === 413;

import type { Context } from "@sidelight/contracts/context/context.ts";
import { createTurnQueue } from "../resilience/turnQueue.ts";
import type { ContextQuery, ContextReading, Contexts } from "./contexts.ts";
import type { Tenant } from "./tenant.ts";

/** One change of a watched customer. */
export type LiveChange =
  /** Who it is: first of all, and again when it changes. */
  | { kind: "customer"; data: Pick<Context, "ref" | "kind" | "match" | "customer"> }
  | { kind: "section"; data: { name: string; section: unknown } }
  /** Everything but the sections: when all sections were sent, and again when it changes. */
  | { kind: "settled"; data: Omit<Context, "sections"> };

export interface LiveOptions {
  query: ContextQuery;
  signal: AbortSignal;
  /** Called for each state that was sent. */
  onAnswer(reading: ContextReading): void;
}

/** Streams that connect together, as after a restart, or that one change affects, do not delay other requests. */
const waitForTurn = createTurnQueue();

/** Events of one action on a platform arrive together and are sent as one change. */
const batchWindowMs = 40;
/** States that change with time are read at most this often. */
const minIntervalMs = 1_000;

/**
 * Yields one customer's context and its changes until the signal is aborted: the stored sections first, then those that the platforms
 * complete within the deadline, then each section that an event changes.
 */
export async function* watchContext(
  tenant: Tenant,
  contexts: Contexts,
  { query, signal, onAnswer }: LiveOptions,
): AsyncGenerator<LiveChange> {
  const sentTexts = new Map<string, string>();
  await waitForTurn();
  if (signal.aborted) return;
  yield* changes(await contexts.read({ ...query, storeOnly: true }), sentTexts, false);
  await waitForTurn();
  if (signal.aborted) return;
  let reading = await contexts.read(query);
  yield* changes(reading, sentTexts, true);
  onAnswer(reading);
  while (!signal.aborted) {
    await nextChange(tenant, reading, signal);
    await waitForTurn();
    if (signal.aborted) return;
    reading = await contexts.read(query);
    const newChanges = [...changes(reading, sentTexts, true)];
    yield* newChanges;
    if (newChanges.length > 0) onAnswer(reading);
  }
}

function* changes({ context }: ContextReading, sentTexts: Map<string, string>, isSettled: boolean): Generator<LiveChange> {
  const { sections, ...head } = context;
  const { ref, kind, match, customer } = head;
  // A customer that is not in the store may be known to a platform.
  const isKnown = isSettled || match.state !== "none";
  if (isKnown && isChanged("customer", { match, customer })) yield { kind: "customer", data: { ref, kind, match, customer } };
  for (const [name, section] of Object.entries(sections)) {
    if (isChanged(name, section)) yield { kind: "section", data: { name, section } };
  }
  // The time of the answer is not a change.
  const { asOf: _, ...stable } = head;
  if (isSettled && isChanged("settled", stable)) yield { kind: "settled", data: head };

  function isChanged(name: string, value: unknown): boolean {
    const text = JSON.stringify(value);
    if (sentTexts.get(name) === text) return false;
    sentTexts.set(name, text);
    return true;
  }
}

/** Resolves when an event may have changed the context, or its validity ends. */
async function nextChange({ log, clock }: Tenant, reading: ContextReading, signal: AbortSignal): Promise<void> {
  const invalidation = new AbortController();
  const isInvalidated = () => [...reading.dependencies].some((d) => log.invalidatedAt(d) > reading.generation);
  const stop = log.onInvalidated(() => {
    if (isInvalidated()) invalidation.abort();
  });
  const either = AbortSignal.any([signal, invalidation.signal]);
  try {
    if (isInvalidated()) return;
    const nextRead = Math.min(reading.validUntil, reading.readAt + reading.ttlMs);
    await clock.sleep(Math.max(minIntervalMs, nextRead - clock.now()), either).catch(() => {});
    if (invalidation.signal.aborted) await clock.sleep(batchWindowMs, signal).catch(() => {});
  } finally {
    stop();
  }
}

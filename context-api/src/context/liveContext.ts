import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import type { ContextAnswer, ContextQuery, Contexts } from "./contexts.ts";
import type { Tenant } from "./tenant.ts";

/** What a watcher is told. */
export type LiveChange =
  | { kind: "section"; name: SectionName; section: unknown }
  /** Everything but the sections, once all of them were sent, and again when it has changed. */
  | { kind: "settled"; head: Omit<Context, "sections"> };

export interface LiveOptions {
  query: ContextQuery;
  signal: AbortSignal;
  /** Told of each answer that was sent. */
  onAnswer(answer: ContextAnswer): void;
}

/** One action at a platform comes as several events: they are told together. */
const gatherMs = 40;
/** Ages tick in the panel; a state that changes by itself is looked at no more often than this. */
const leastPauseMs = 1_000;

/**
 * One customer as it is and as it becomes, until the signal: first what the store holds, then what the platforms add within the
 * deadline, then each section that a commit has changed.
 */
export async function* watch(
  tenant: Tenant,
  contexts: Contexts,
  { query, signal, onAnswer }: LiveOptions,
): AsyncGenerator<LiveChange> {
  const sent = new Map<string, string>();
  let answer = await contexts.answer({ ...query, storeOnly: true });
  yield* changes(answer, sent, false);
  answer = await contexts.answer(query);
  yield* changes(answer, sent, true);
  onAnswer(answer);
  while (!signal.aborted) {
    await untilTouched(tenant, answer, signal);
    if (signal.aborted) return;
    answer = await contexts.answer(query);
    const changed = [...changes(answer, sent, true)];
    yield* changed;
    if (changed.length > 0) onAnswer(answer);
  }
}

function* changes(answer: ContextAnswer, sent: Map<string, string>, isSettled: boolean): Generator<LiveChange> {
  const { sections, ...head } = JSON.parse(answer.body.toString()) as Context;
  for (const [name, section] of Object.entries(sections)) {
    if (isNews(name, section)) yield { kind: "section", name: name as SectionName, section };
  }
  // The instant of the answer is no news.
  const { asOf: _, ...standing } = head;
  if (isSettled && isNews("", standing)) yield { kind: "settled", head };

  function isNews(name: string, value: unknown): boolean {
    const text = JSON.stringify(value);
    if (sent.get(name) === text) return false;
    sent.set(name, text);
    return true;
  }
}

/** Resolves when something that the answer depends on was touched, or it would read differently by itself. */
async function untilTouched({ log, clock }: Tenant, answer: ContextAnswer, signal: AbortSignal): Promise<void> {
  const woken = new AbortController();
  const wake = () => woken.abort();
  const isTouched = () => [...answer.dependencies].some((d) => log.touched(d) > answer.generation);
  const stop = log.onTouch(() => {
    if (isTouched()) wake();
  });
  const either = AbortSignal.any([signal, woken.signal]);
  try {
    if (isTouched()) return;
    await clock.sleep(Math.max(leastPauseMs, answer.validUntil - clock.now()), either).catch(() => {});
    if (woken.signal.aborted) await clock.sleep(gatherMs, signal).catch(() => {});
  } finally {
    stop();
  }
}

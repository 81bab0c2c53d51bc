import type { Context } from "@sidelight/contracts/context/context.ts";
import type { PanelOutcome } from "./panelCounts.ts";

/** Encoded answers are shared by many reads, and reading one costs more than sending it. */
const outcomes = new WeakMap<Buffer, PanelOutcome>();

/** What a panel shows of an encoded answer. */
export function outcomeOfBody(body: Buffer): PanelOutcome {
  const present = outcomes.get(body);
  if (present) return present;
  const outcome = outcomeOf(JSON.parse(body.toString("utf8")) as Partial<Context>);
  outcomes.set(body, outcome);
  return outcome;
}

/** @param context an answer; one with few fields lacks members */
export function outcomeOf({ match, sections = {} }: Partial<Context>): PanelOutcome {
  const stale = Object.values(sections).flatMap((section) =>
    section?.state === "stale" && section.source !== null ? [section.source] : [],
  );
  return { match: match?.state ?? "resolved", stale: [...new Set(stale)] };
}

import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName } from "@sidelight/contracts/context/sections.ts";
import { withholdsData } from "../freshness.ts";
import { createLiveStream, type LiveStream, type LiveStreamOptions } from "./liveStream.ts";
import { type AnySection, keepMatch, replaceSections } from "./merge.ts";
import type { LiveChange, PanelSubject } from "./transport.ts";

/** The context with changes of the stream, or null when the stream reports a different customer: then all is read again. */
function applyChanges(context: Context, changes: readonly LiveChange[]): Context | null {
  let result = context;
  for (const change of changes) {
    if ("name" in change) result = applySection(result, change.name, change.section);
    else if (change.head.customer?.id !== context.customer?.id) return null;
    else result = { ...result, ...keepMatch(context, change.head) };
  }
  return result;
}

function applySection(context: Context, name: SectionName, section: AnySection): Context {
  if (section.state === "pending" && context.sections[name]) return context;
  const { observedAt } = section;
  const asOf = observedAt !== null && observedAt > context.asOf ? observedAt : context.asOf;
  return replaceSections({ ...context, asOf }, [[name, section]]);
}

/** The answer with those changes of the stream that are newer: they arrived while the answer was on its way. */
function keepNewer(answer: Context, changes: readonly LiveChange[]): Context {
  const newer = changes.filter((change) => "name" in change && !isOlder(change.section, answer.sections[change.name]));
  return applyChanges(answer, newer) ?? answer;
}

/** Withheld data wins, whatever its age: what a person must not see does not come back with a late answer. */
function isOlder(section: AnySection, reference: AnySection | undefined): boolean {
  if (!reference || withholdsData(section.state)) return false;
  return withholdsData(reference.state) || (section.observedAt ?? "") < (reference.observedAt ?? "");
}

/** The sections that are late even with these changes. */
function lateNames(names: readonly SectionName[], changes: readonly LiveChange[]): SectionName[] {
  const arrived = changes.flatMap((change) => ("name" in change && change.section.state !== "pending" ? [change.name] : []));
  return names.filter((name) => !arrived.includes(name));
}

/** What a session with a stream loads: a host without a stream does not carry this code. */
export interface Live<S extends PanelSubject> extends LiveStream<S> {
  applyChanges: typeof applyChanges;
  keepNewer: typeof keepNewer;
  lateNames: typeof lateNames;
}

export const createLive = <S extends PanelSubject>(options: LiveStreamOptions<S>): Live<S> => ({
  ...createLiveStream(options),
  applyChanges,
  keepNewer,
  lateNames,
});

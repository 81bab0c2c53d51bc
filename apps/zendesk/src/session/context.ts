import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName, Sections } from "@sidelight/contracts/context/sections.ts";

type AnySection = NonNullable<Sections[SectionName]>;

const entries = (context: Context): [SectionName, AnySection][] =>
  Object.entries(context.sections).filter(([, section]) => section) as [SectionName, AnySection][];

export function pendingSections(context: Context): SectionName[] {
  return entries(context).flatMap(([name, section]) => (section.state === "pending" ? [name] : []));
}

/** True when there is nothing to show yet, or something shown has outlived its fresh limit. */
export function isDue(context: Context | null, now: number): boolean {
  if (context?.match.state !== "resolved") return true;
  return entries(context).some(
    ([, section]) => section.state === "pending" || (section.freshUntil !== null && Date.parse(section.freshUntil) <= now),
  );
}

/** `into` with only the named sections taken from `from`: a retry changes nothing else. */
export function mergeSections(into: Context, from: Context, names: readonly SectionName[]): Context {
  const taken = Object.fromEntries(names.flatMap((name) => (from.sections[name] ? [[name, from.sections[name]]] : [])));
  return { ...into, sections: { ...into.sections, ...taken } };
}

/** A section that is still late after the follow-up has failed, as far as this screen goes. */
export function settlePending(context: Context): Context {
  const late = entries(context).filter(([, section]) => section.state === "pending");
  const problem = { code: "timeout" as const, message: "", since: null, retryAt: null };
  const failed = Object.fromEntries(late.map(([name, section]) => [name, { ...section, state: "error", problem }]));
  return late.length ? { ...context, sections: { ...context.sections, ...failed } as Sections } : context;
}

/** What the stream tells: a section as it is now, or all of the context but its sections. */
export type LiveChange = { name: SectionName; section: AnySection } | { head: Omit<Context, "sections"> };

/** The context as the stream has changed it, or null when it tells of somebody else by now: that is read anew as a whole. */
export function applyLive(context: Context, changes: readonly LiveChange[]): Context | null {
  let now = context;
  for (const change of changes) {
    if ("name" in change) now = withSection(now, change.name, change.section);
    else if (change.head.customer?.id !== context.customer?.id) return null;
    // Followed by the customer's own ref, the stream doesn't know how the panel came to this customer.
    else if (change.head.ref !== context.ref) now = { ...now, ...change.head, ref: context.ref, match: context.match };
    else now = { ...now, ...change.head };
  }
  return now;
}

/** A late source keeps what is known of it. */
function withSection(context: Context, name: SectionName, section: AnySection): Context {
  if (section.state === "pending" && context.sections[name]) return context;
  const { observedAt } = section;
  const asOf = observedAt !== null && observedAt > context.asOf ? observedAt : context.asOf;
  return { ...context, asOf, sections: { ...context.sections, [name]: section } as Sections };
}

/** An answer that was on its way while the stream told something newer does not take that back. */
export function keepNewer(answer: Context, live: readonly LiveChange[]): Context {
  const newer = live.filter(
    (change) => "name" in change && (change.section.observedAt ?? "") >= (answer.sections[change.name]?.observedAt ?? ""),
  );
  return applyLive(answer, newer) ?? answer;
}

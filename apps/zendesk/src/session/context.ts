import type { Context } from "@sidelight/shared/context/context.ts";
import type { SectionName, Sections } from "@sidelight/shared/context/sections.ts";

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

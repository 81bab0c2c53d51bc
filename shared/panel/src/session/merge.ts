import type { Context } from "@sidelight/contracts/context/context.ts";
import type { SectionName, Sections } from "@sidelight/contracts/context/sections.ts";
import type { PanelProblem } from "../options.ts";

export type AnySection = NonNullable<Sections[SectionName]>;

const entries = (context: Context): [SectionName, AnySection][] =>
  Object.entries(context.sections).filter(([, section]) => section) as [SectionName, AnySection][];

export const replaceSections = (context: Context, changes: [SectionName, AnySection][]): Context =>
  changes.length === 0 ? context : { ...context, sections: { ...context.sections, ...Object.fromEntries(changes) } as Sections };

export function isContext(value: unknown): value is Context {
  const { match, sections } = (value ?? {}) as Partial<Context>;
  return typeof match === "object" && match !== null && typeof sections === "object" && sections !== null;
}

export const pendingSections = (context: Context): SectionName[] =>
  entries(context).flatMap(([name, section]) => (section.state === "pending" ? [name] : []));

/** True when there is nothing to show yet, or when a value on screen is no longer fresh. */
export function isDue(context: Context | null, now: number): boolean {
  if (context?.match.state !== "resolved") return true;
  return entries(context).some(
    ([, section]) => section.state === "pending" || (section.freshUntil !== null && Date.parse(section.freshUntil) <= now),
  );
}

/** A new answer for the same subject: a section that is late keeps its values, and the ref and the match stay as they were found. */
export function mergeAnswer(current: Context | null, answer: Context): Context {
  if (!current || current.customer?.id !== answer.customer?.id) return answer;
  const lateSections = pendingSections(answer).flatMap((name): [SectionName, AnySection][] => {
    const section = current.sections[name];
    return section && !answer.sections[name]?.data ? [[name, section]] : [];
  });
  return keepMatch(current, replaceSections(answer, lateSections));
}

/** A read by the customer's own ref does not know how the panel found this customer. */
export function keepMatch<T extends Omit<Context, "sections">>(current: Context, next: T): T {
  return next.customer && next.ref !== current.ref ? { ...next, ref: current.ref, match: current.match } : next;
}

/** The named sections of an answer, where they have settled; a section without an answer fails and keeps its last values. */
export function mergeSections(
  current: Context,
  answer: Context | null,
  names: readonly SectionName[],
  failure: PanelProblem,
): Context {
  const changes = names.flatMap((name): [SectionName, AnySection][] => {
    const [onScreen, section] = [current.sections[name], answer?.sections[name]];
    if (section && section.state !== "pending") return [[name, section]];
    return onScreen ? [[name, failSection(onScreen, failure)]] : [];
  });
  const merged = replaceSections(current, changes);
  return answer && answer.asOf > merged.asOf ? { ...merged, asOf: answer.asOf } : merged;
}

/** A section that had failed keeps its reason; in both cases Retry waits as long as `Retry-After` demands. */
function failSection(section: AnySection, { code, retryAt }: PanelProblem): AnySection {
  const reason = section.state === "error" ? section.problem : null;
  const problem = reason ?? {
    code: code === "rate_limited" ? code : ("timeout" as const),
    message: "",
    since: null,
    retryAt: null,
  };
  const wait = retryAt === null ? problem.retryAt : new Date(retryAt).toISOString();
  return { ...section, state: "error", problem: { ...problem, retryAt: wait } } as AnySection;
}

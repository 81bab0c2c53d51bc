import type { SectionName, SectionState } from "@sidelight/contracts/context/sections.ts";
import { instant, isOld, stateOf, statusOf, withholdsData } from "./freshness.ts";
import { type Body, linksOf, type Source } from "./parts.ts";
import { type AnySection, joinNames, type Scope, secondsUntil, sourceName } from "./scope.ts";
import { accountBody } from "./sections/account.ts";
import { extraBody } from "./sections/extra.ts";
import { healthBody } from "./sections/health.ts";
import { notesBody } from "./sections/notes.ts";
import { productBody } from "./sections/product.ts";
import { supportBody } from "./sections/support.ts";
import { timelineBody } from "./sections/timeline.ts";
import type { SectionProblemView, SectionView } from "./view.ts";

type BodyBuilder = (scope: Scope, source: Source<never>) => Body;

const bodies: Record<SectionName, BodyBuilder> = {
  account: accountBody,
  support: supportBody,
  product: productBody,
  health: healthBody,
  timeline: timelineBody,
  notes: notesBody,
};

const healthFirst: SectionName = "health";

/** The sections of this page, in its order; empty ones of the same height while nothing is loaded. */
export function sectionViews(scope: Scope): SectionView[] {
  const { order } = scope.options.place;
  const sections = scope.context?.sections;
  if (!sections) return order.filter((name) => name !== "notes").map((name) => skeleton(scope, name));
  return [...order, ...extraNames(scope, Object.keys(sections))].flatMap((name) => {
    const section = sections[name];
    return section ? [sectionView(scope, name, section)] : [];
  });
}

/** Sections that a deployment added and the messages have a title for. Others are not shown. */
const extraNames = ({ t }: Scope, names: readonly string[]): SectionName[] =>
  (names as SectionName[]).filter((name) => !(name in bodies) && t.maybe(`section.${name}`, "") !== "");

function sectionView(scope: Scope, name: SectionName, section: AnySection): SectionView {
  const { options, now, t } = scope;
  const state = stateOf(section, now);
  const withheld = withholdsData(state);
  const visible: AnySection = withheld ? ({ ...section, data: null, links: [] } as AnySection) : section;
  const body = bodyOf(scope, name, { section: visible, state });
  if (!body) return sectionView(scope, name, unreadable(section));
  const updating = options.phase === "refreshing" || (options.updating ?? []).includes(name);
  return {
    ...emptyView(scope, name, section.source),
    state,
    status: statusOf(scope, section, state, updating),
    stale: visible.data !== null && isOld(state),
    updating,
    openAtFirst: name === healthFirst || state === "error",
    ...body,
    // Without values a headline has no content, and rows would only repeat the message.
    ...(visible.data ? {} : { rows: [], lists: [], headline: "" }),
    message: messageOf(scope, name, section, state),
    problem: state === "error" ? problemView(scope, name, section) : null,
    gaps: body.gaps?.length ? body.gaps : state === "partial" ? [{ key: "partial", text: partialText(scope, section) }] : [],
    links: linksOf(scope, visible),
    headlineTone: body.headlineTone ?? "neutral",
    title: t(`section.${name}`),
  };
}

/** Data in an unexpected shape is a failure of its section, not of the panel. */
function bodyOf(scope: Scope, name: SectionName, source: Source): Body | null {
  try {
    return name in bodies ? bodies[name](scope, source as Source<never>) : extraBody(scope, name, source);
  } catch {
    return null;
  }
}

function unreadable(section: AnySection): AnySection {
  return { ...section, state: "error", data: null, absent: {}, provenance: {}, masked: [], problem: null } as AnySection;
}

function skeleton(scope: Scope, name: SectionName): SectionView {
  return emptyView(scope, name, null);
}

function emptyView({ t }: Scope, name: SectionName, source: string | null): SectionView {
  return {
    name,
    title: t(`section.${name}`),
    source,
    sourceName: sourceName(t, source),
    state: "pending",
    status: { text: t("status.pending"), icon: "loading", tone: "muted" },
    headline: "",
    headlineTone: "neutral",
    openAtFirst: name === healthFirst,
    stale: false,
    updating: false,
    message: null,
    problem: null,
    score: null,
    drivers: [],
    driversTitle: "",
    missing: [],
    rows: [],
    sparkline: null,
    meters: null,
    steps: null,
    lists: [],
    gaps: [],
    filters: [],
    links: [],
  };
}

function messageOf({ t }: Scope, name: SectionName, section: AnySection, state: SectionState): SectionView["message"] {
  const source = sourceName(t, section.source);
  switch (state) {
    case "forbidden":
      return { text: t("section.forbidden"), hint: t("section.forbidden_hint"), icon: "lock", tone: "muted" };
    case "consent_withheld":
      return {
        text: t("section.consent", { what: withheldName(t, name) }),
        hint: t("section.consent_hint"),
        icon: "eye_off",
        tone: "muted",
      };
    case "not_connected":
      return { text: t("section.not_connected", { source }), hint: t("section.not_connected_hint"), icon: "plug", tone: "muted" };
    case "pending":
      return section.data ? null : { text: t("section.pending", { source }), hint: "", icon: "loading", tone: "muted" };
    case "empty":
      return { text: t(`section.empty.${name}`, { source }), hint: "", icon: "dash", tone: "muted" };
    default:
      return null;
  }
}

export function withheldName(t: Scope["t"], name: SectionName): string {
  return name === "product" ? t("section.usage") : t(`section.${name}`);
}

function problemView(scope: Scope, name: SectionName, section: AnySection): SectionProblemView {
  const { t, now, options } = scope;
  const seconds = secondsUntil(instant(section.problem?.retryAt), now);
  const wait = seconds > 0 ? t("section.retry_in", { seconds }) : "";
  return {
    text: problemText(scope, section),
    rest: restText(scope, name),
    requestId: options.requestId ?? null,
    retryLabel: t("section.retry"),
    canRetry: !options.offline && seconds === 0,
    retryReason: options.offline ? t("action.reason.offline") : wait,
  };
}

/** "Mixpanel is unavailable. Last good data 10:42" */
export function problemText({ t, f }: Scope, section: AnySection): string {
  const source = sourceName(t, section.source);
  const text = t.maybe(`section_problem.${section.problem?.code}`, t("section_problem.unavailable", { source }), { source });
  if (section.data && section.observedAt) return t("section_problem.last_good", { text, when: f.moment(section.observedAt) });
  if (section.problem?.since) return t("section_problem.last_answer", { text, when: f.moment(section.problem.since) });
  return text;
}

function restText({ t, now, context, options }: Scope, failedName: SectionName): string {
  const names = (["account", "support", "product"] as const).flatMap((name) => {
    const section = context?.sections[name];
    if (!section || name === failedName || section.source === context?.sections[failedName]?.source) return [];
    const state = stateOf(section, now);
    return state === "ok" || state === "empty" ? [sourceName(t, section.source)] : [];
  });
  const unique = [...new Set(names)];
  return unique.length ? t.plural("section_problem.rest", unique.length, { names: joinNames(unique, options.locale) }) : "";
}

function partialText(scope: Scope, section: AnySection): string {
  return section.problem ? problemText(scope, section) : scope.t("section.partial");
}

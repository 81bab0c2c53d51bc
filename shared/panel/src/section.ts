import type { SectionName, SectionState } from "@sidelight/contracts/context/sections.ts";
import { currentSources, failureOf, instant, isDoubtful, stateOf, statusOf, withholdsData } from "./freshness.ts";
import { labelOf, sectionNamesOf } from "./layout.ts";
import { type Body, linksOf, type Source, sectionNames } from "./parts.ts";
import { type AnySection, joinNames, type Scope, secondsUntil, sourceName } from "./scope.ts";
import { headlineOf } from "./sections/headlines.ts";
import { healthBody } from "./sections/health.ts";
import type { SectionProblemView, SectionView } from "./view.ts";

const healthFirst: SectionName = "health";

const isStandard = (name: string): name is SectionName => (sectionNames as readonly string[]).includes(name);

/** The sections of this page, in its order; empty ones of the same height while nothing is loaded. */
export function sectionViews(scope: Scope): SectionView[] {
  const { options } = scope;
  const sections = scope.context?.sections;
  const cards = new Map((options.cards ?? []).map((card) => [card.key, card]));
  if (!sections) {
    const expected = sectionNamesOf(options, []).filter((name): name is SectionName => isStandard(name) && name !== "notes");
    return expected.map((name) => skeleton(scope, name));
  }
  const cardTitles = new Map((options.layout?.cards ?? options.cards ?? []).map(({ key, title }) => [key, title]));
  const otherNames = [...extraNames(scope, Object.keys(sections)), ...cardTitles.keys()];
  return sectionNamesOf(options, otherNames).flatMap((name) => {
    const section = (sections as Record<string, AnySection | undefined>)[name];
    if (section) return isBuilt(scope, name as SectionName, section) ? [sectionView(scope, name as SectionName, section)] : [];
    const title = cardTitles.get(name);
    if (title === undefined) return [];
    const card = cards.get(name);
    const view = { ...emptyView(scope, name as SectionName, null), title: labelOf(options, name, title) };
    const content = card && scope.details?.cardSection(scope, card);
    return [{ ...view, updating: (options.updatingCards ?? []).includes(name), ...content }];
  });
}

/** Without notes, and without the right to write one, there is nothing to show. */
const isBuilt = ({ context }: Scope, name: SectionName, section: AnySection): boolean =>
  name !== "notes" || section.state !== "empty" || context?.permissions.act.includes("note") === true;

/** Sections that a deployment added and the messages have a title for. Others are not shown. */
const extraNames = ({ t }: Scope, names: readonly string[]): SectionName[] =>
  (names as SectionName[]).filter((name) => !isStandard(name) && t.maybe(`section.${name}`, "") !== "");

function sectionView(scope: Scope, name: SectionName, section: AnySection): SectionView {
  const { options, now, t } = scope;
  const state = stateOf(section, now);
  const withheld = withholdsData(state);
  const visible: AnySection = withheld ? ({ ...section, data: null, links: [] } as AnySection) : section;
  const body = bodyOf(scope, name, { section: visible, state });
  if (!body) return sectionView(scope, name, unreadable(section));
  const isPartial = state === "partial" && !section.problem;
  const updating = options.phase === "refreshing" || (options.updating ?? []).includes(name);
  return {
    ...emptyView(scope, name, section.source),
    state,
    status: statusOf(scope, section, state, updating),
    stale: visible.data !== null && isDoubtful(section, state),
    updating,
    openAtFirst: name === healthFirst || state === "error",
    ...body,
    // Without values a headline has no content, and rows and lists would only repeat the message.
    ...(visible.data && state !== "empty" ? {} : { rows: [], lists: [], headline: "" }),
    message: messageOf(scope, name, section, state),
    problem: state === "error" || failureOf(section, state) ? problemView(scope, section) : null,
    gaps: body.gaps?.length ? body.gaps : isPartial ? [{ key: "partial", text: t("section.partial") }] : [],
    links: linksOf(scope, visible),
    headlineTone: body.headlineTone ?? "neutral",
  };
}

/** Data in an unexpected shape is a failure of its section, not of the panel. */
function bodyOf(scope: Scope, name: SectionName, source: Source): Body | null {
  try {
    const early = name === "health" ? healthBody(scope, source as Source<never>) : headlineOf(scope, name, source);
    return { ...early, ...scope.details?.bodyOf(scope, name, source) };
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

function emptyView({ t, options }: Scope, name: SectionName, source: string | null): SectionView {
  return {
    name,
    title: labelOf(options, name, t(`section.${name}`)),
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
    otherDrivers: [],
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

/** Who can grant access: somebody that the configuration names, or the administrator. */
export function accessHint({ t, context }: Scope): string {
  const contact = context?.permissions.contact;
  return contact ? t("section.forbidden_contact", { contact }) : t("section.forbidden_hint");
}

function messageOf(scope: Scope, name: SectionName, section: AnySection, state: SectionState): SectionView["message"] {
  const { t } = scope;
  const source = sourceName(t, section.source);
  switch (state) {
    case "forbidden":
      return { text: t("section.forbidden"), hint: accessHint(scope), icon: "lock", tone: "muted" };
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

function problemView(scope: Scope, section: AnySection): SectionProblemView {
  const { t, now, options } = scope;
  const seconds = secondsUntil(instant(section.problem?.retryAt), now);
  const wait = seconds > 0 ? t("section.retry_in", { seconds }) : "";
  return {
    text: problemText(scope, section),
    rest: restText(scope, section),
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

function restText(scope: Scope, failedSection: AnySection): string {
  const failedSource = sourceName(scope.t, failedSection.source);
  const names = currentSources(scope).filter((source) => source !== failedSource);
  return names.length
    ? scope.t.plural("section_problem.rest", names.length, { names: joinNames(names, scope.options.locale) })
    : "";
}

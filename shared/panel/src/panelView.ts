import type { Context } from "@sidelight/contracts/context/context.ts";
import { actionsView } from "./actions.ts";
import { bannerView } from "./banner.ts";
import { directionOf } from "./direction.ts";
import { factViews } from "./facts.ts";
import { instant } from "./freshness.ts";
import { headerView } from "./header.ts";
import { candidateViews, noticeView } from "./notice.ts";
import { panelState } from "./panelState.ts";
import { createScope, type Details, type Scope, secondsUntil } from "./scope.ts";
import { sectionViews } from "./section.ts";
import type { MessageKey } from "./translate.ts";
import type { PanelLabels, PanelOptions, PanelState, PanelView } from "./view.ts";

/**
 * What a panel shows, as plain text, from the API's answer and the clock. Pure: the same input gives the same view.
 * @param answer null while there is none
 * @param details null while they are not loaded: closed sections have their headings then, and nothing has a provenance
 */
export function panelView(answer: Context | null, options: PanelOptions, details: Details | null): PanelView {
  const scope = createScope(answer, options, details);
  const { context } = scope;
  const state = stateOf(scope);
  const shows = state === "ready" || state === "loading";
  const header = state === "ready" && context ? headerView(scope, context) : null;
  const sections = shows ? sectionViews(scope) : [];
  const notice = noticeView(scope, state);
  return {
    state,
    locale: options.locale,
    direction: directionOf(options.locale),
    header,
    banner: bannerView(scope, state),
    notice,
    candidates: state === "ambiguous" ? candidateViews(scope) : [],
    facts: shows ? factViews(scope) : [],
    sections,
    actions: actionsView(scope, state, sections),
    announcement: announcement(scope, state, { header, notice }),
    tickIn: tickIn(scope),
    labels: labels(scope),
  };
}

function stateOf({ context, options }: Scope): PanelState {
  return panelState({
    code: options.problem?.code ?? null,
    setup: options.setup ?? null,
    isWaiting: options.waiting === true,
    isOffline: options.offline === true,
    match: context?.match.state ?? null,
    hasCustomer: Boolean(context?.customer),
  });
}

type Announced = Pick<PanelView, "header" | "notice">;

function announcement({ t, context }: Scope, state: PanelState, { header, notice }: Announced): string {
  switch (state) {
    case "ready":
      return header ? t("announce.ready", { name: header.name, freshness: header.freshness.text }) : "";
    case "ambiguous":
      return t.plural("announce.ambiguous", context?.match.candidates.length ?? 0);
    default:
      // Not its text, which may contain a countdown.
      return notice?.title ?? "";
  }
}

const second = 1000;

/** A countdown changes each second. For an age in minutes, every 15 s is exact enough. */
function tickIn({ context, options, now }: Scope): number {
  const deadlines = [
    options.refreshAllowedAt ?? null,
    options.problem?.retryAt ?? null,
    ...Object.values(context?.sections ?? {}).map((section) => instant(section?.problem?.retryAt)),
  ];
  return deadlines.some((deadline) => secondsUntil(deadline, now) > 0) ? second : 15 * second;
}

function labels({ t }: Scope): PanelLabels {
  const label = (name: string): string => t(`label.${name}` as MessageKey);
  return {
    panel: label("panel"),
    facts: label("facts"),
    copyRequestId: label("copy_request_id"),
    copy: t("act.copy"),
    copied: label("copied"),
    provenance: label("provenance"),
    hidden: label("hidden"),
    showAll: label("show_all"),
    all: label("all"),
    opensNewTab: label("new_tab"),
    close: label("close"),
    change: t("candidate.change"),
    candidates: label("candidates"),
    searched: label("searched"),
    actions: label("actions"),
  };
}

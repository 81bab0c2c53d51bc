import type { Context } from "@sidelight/contracts/context/context.ts";
import { actionsView } from "./actions.ts";
import { bannerView } from "./banner.ts";
import { factViews } from "./facts.ts";
import { instant } from "./freshness.ts";
import { headerView } from "./header.ts";
import { candidateViews, noticeView } from "./notice.ts";
import { createScope, type Scope, secondsUntil } from "./scope.ts";
import { sectionViews } from "./section.ts";
import { directionOf, type MessageKey } from "./translate.ts";
import type { PanelLabels, PanelOptions, PanelState, PanelView } from "./view.ts";

/**
 * Everything a panel shows, as plain text, from the API's answer and the clock. Pure: the same input gives the same view.
 * @param context the answer, or null while there is none
 */
export function toPanel(context: Context | null, options: PanelOptions): PanelView {
  const scope = createScope(context, options);
  const state = panelState(scope);
  const shows = state === "ready" || state === "loading";
  const header = state === "ready" && context ? headerView(scope, context) : null;
  const sections = shows ? sectionViews(scope) : [];
  return {
    state,
    locale: options.locale,
    direction: directionOf(options.locale),
    header,
    banner: bannerView(scope, state),
    notice: noticeView(scope, state),
    candidates: state === "ambiguous" ? candidateViews(scope) : [],
    facts: shows ? factViews(scope) : [],
    sections,
    actions: actionsView(scope, state, sections),
    announcement: announcement(scope, state, header),
    tickIn: tickIn(scope),
    labels: labels(scope),
  };
}

/** Session expired > forbidden > not in host, unconfigured > ambiguous > no match > section states. */
function panelState({ context, options }: Scope): PanelState {
  const code = options.problem?.code;
  if (code === "unauthenticated" && !options.setup) return "session_expired";
  if (code === "forbidden") return "forbidden";
  if (options.setup) return options.setup === "not_in_host" ? "not_in_host" : "unconfigured";
  if (options.waiting) return "waiting";
  if (!context) {
    if (options.offline) return "offline";
    if (code === "rate_limited") return "rate_limited";
    return code ? "error" : "loading";
  }
  if (context.match.state === "ambiguous") return "ambiguous";
  if (context.match.state === "none") return "none";
  return context.match.state === "resolved" && context.customer ? "ready" : "error";
}

function announcement({ t, context }: Scope, state: PanelState, header: PanelView["header"]): string {
  switch (state) {
    case "ready":
      return header ? t("announce.ready", { name: header.name, freshness: header.freshness.text }) : "";
    case "ambiguous":
      return t.plural("announce.ambiguous", context?.match.candidates.length ?? 0);
    default:
      return "";
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

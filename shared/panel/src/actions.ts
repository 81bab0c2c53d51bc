import { type Scope, secondsUntil } from "./scope.ts";
import type { ActionView, LinkView, PanelState, PanelView, SectionView } from "./view.ts";
import { whyNotAct } from "./whyNot.ts";

export function actionsView(scope: Scope, state: PanelState, sections: readonly SectionView[]): PanelView["actions"] {
  const { t, options } = scope;
  const links = uniqueLinks(sections);
  return {
    refresh: refreshAction(scope, state),
    insert: options.place.hasEditor ? action(t("action.insert"), whyNotAct(scope, state, "insert")) : null,
    followUp: action(t("act.follow_up.title"), whyNotAct(scope, state, "follow-up")),
    open: state === "ready" && links.length > 0 ? { ...action(t("action.open"), ""), links } : null,
  };
}

const action = (label: string, reason: string): ActionView => ({ label, reason, disabled: reason !== "" });

function refreshAction({ t, options, now }: Scope, state: PanelState): ActionView {
  if (options.phase === "refreshing") return { label: t("action.refreshing"), disabled: true, reason: "" };
  const seconds = secondsUntil(options.refreshAllowedAt, now);
  if (seconds > 0) return action(t("action.refresh_in", { seconds }), t("action.reason.cooldown"));
  if (options.offline) return action(t("action.refresh"), t("action.reason.offline"));
  const blocked = state === "not_in_host" || state === "unconfigured" ? t("action.reason.setup") : "";
  return action(t("action.refresh"), state === "loading" ? t("action.reason.loading") : blocked);
}

function uniqueLinks(sections: readonly SectionView[]): LinkView[] {
  const byUrl = new Map<string, LinkView>();
  for (const section of sections) {
    for (const link of section.links) if (!byUrl.has(link.url)) byUrl.set(link.url, { ...link, key: link.url });
  }
  return [...byUrl.values()];
}

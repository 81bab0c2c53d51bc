import { type Scope, secondsUntil } from "./scope.ts";
import type { ActionView, LinkView, PanelState, PanelView, SectionView } from "./view.ts";

export function actionsView(scope: Scope, state: PanelState, sections: readonly SectionView[]): PanelView["actions"] {
  const { t, options } = scope;
  const links = uniqueLinks(sections);
  return {
    refresh: refreshAction(scope, state),
    insert: options.place.hasEditor ? action(t("action.insert"), whyNotInsert(scope, state)) : null,
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

function whyNotInsert({ t, options }: Scope, state: PanelState): string {
  if (options.offline) return t("action.reason.offline");
  switch (state) {
    case "ready":
      return "";
    case "loading":
      return t("action.reason.loading");
    case "ambiguous":
      return t("action.reason.ambiguous");
    case "forbidden":
    case "session_expired":
      return t("action.reason.forbidden");
    case "not_in_host":
    case "unconfigured":
      return t("action.reason.setup");
    default:
      return t("action.reason.none");
  }
}

function uniqueLinks(sections: readonly SectionView[]): LinkView[] {
  const byUrl = new Map<string, LinkView>();
  for (const section of sections) {
    for (const link of section.links) if (!byUrl.has(link.url)) byUrl.set(link.url, { ...link, key: link.url });
  }
  return [...byUrl.values()];
}

import type { Scope } from "./scope.ts";
import type { PanelState } from "./view.ts";

/** Why the person cannot act on the customer now, in words; "" when they can. One rule for all actions.
 * @param right null for what the platform itself allows */
export function whyNotAct({ t, context, options }: Scope, state: PanelState, right: string | null): string {
  if (options.offline) return t("action.reason.offline");
  switch (state) {
    case "ready":
      break;
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
  if (right === null) return "";
  return context?.permissions.act.includes(right) ? "" : t("action.reason.forbidden");
}

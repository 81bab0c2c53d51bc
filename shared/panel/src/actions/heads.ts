import type { Context } from "@sidelight/contracts/context/context.ts";
import { createScope, secondsUntil } from "../scope.ts";
import type { ActionView, PanelOptions, PanelState } from "../view.ts";
import { whyNotAct } from "../whyNot.ts";
import type { ActionsState } from "./actions.ts";

/** The controls of actions that are on the first screen; what they open is in `toActions`. */
export interface ActionHeads {
  pin: ActionView & { isPressed: boolean /** Where there is no room for the label. */; short: string };
  /** Opens the platform's own form. */
  newTask: ActionView;
  /** Null without the right, and while values are shown. */
  reveal: { customer: string; section: string } | null;
  /** While values are shown. `text` counts down, for the eye only. */
  revealed: { text: string; hide: string } | null;
}

export function actionHeads(
  context: Context | null,
  options: PanelOptions,
  { panel, state, now }: { panel: PanelState; state: ActionsState /** On the monotonic clock. */; now: number },
): ActionHeads {
  const scope = createScope(context, options);
  const { t } = scope;
  const refusal = whyNotAct(scope, panel, "pin");
  const reason = refusal || (state.sending === "pin" || state.pins === null ? t("act.pin.wait") : "");
  const isPressed = context?.customer ? (state.pins?.has(context.customer.id) ?? false) : false;
  const mayReveal = context?.permissions.reveal === true && panel === "ready";
  return {
    pin: { label: t("act.pin"), disabled: reason !== "", reason, isPressed, short: t("act.pin.short") },
    newTask: { label: t("act.new_task"), ...disabledBy(whyNotAct(scope, panel, null)) },
    reveal: mayReveal && !state.revealed ? { customer: t("act.reveal"), section: t("act.reveal.section") } : null,
    revealed: state.revealed
      ? { text: t("act.revealed", { seconds: secondsUntil(state.revealed.hideAt, now) }), hide: t("act.reveal.hide") }
      : null,
  };
}

const disabledBy = (reason: string): Pick<ActionView, "disabled" | "reason"> => ({ disabled: reason !== "", reason });

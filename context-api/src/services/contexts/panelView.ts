import type { ContextAnswer } from "../../context/contexts.ts";
import type { ServedTenant } from "../servedTenant.ts";

const panelName = /^[a-z][a-z-]{0,19}$/;

/** Remembers that a panel showed an answer, for the trace of an event. @param panel the panel's name for itself, or undefined */
export function recordPanelView(
  { panelViews, tenant }: ServedTenant,
  panel: string | undefined,
  { dependencies }: Pick<ContextAnswer, "dependencies">,
): void {
  if (panel === undefined || !panelName.test(panel)) return;
  panelViews.add({ panel, at: tenant.clock.now(), head: tenant.log.head(), dependencies });
}

import type { Context } from "@sidelight/contracts/context/context.ts";
import type { ContextAnswer } from "../../context/contexts.ts";
import type { PanelOutcome } from "../overview/panelCounts.ts";
import { outcomeOf, outcomeOfBody } from "../overview/panelOutcome.ts";
import type { ServedTenant } from "../servedTenant.ts";

/** The panel's name for itself, and, once for each customer, how long its first paint took: `zendesk;paint=412`. */
const panelHeader = /^([a-z][a-z-]{0,19})(?:;paint=(\d{1,6}))?$/;

type PanelTenant = Pick<ServedTenant, "panelViews" | "panelCounts" | "tenant">;

/** Remembers that a panel showed an answer, for the trace of an event, and counts it. @param panel the panel's header, or undefined */
export function recordPanelView(
  served: PanelTenant,
  panel: string | undefined,
  { dependencies, body }: Pick<ContextAnswer, "dependencies" | "body">,
): void {
  const name = panelOf(served, panel);
  if (name === null) return;
  addView(served, name, dependencies);
  served.panelCounts.count(outcomeOfBody(body));
}

/** The same for a stream. A panel reads before it watches: the stream counts only when other platforms are stale than before. */
export function createStreamViews(
  served: PanelTenant,
  panel: string | undefined,
): (reading: { context: Context; dependencies: ReadonlySet<string> }) => void {
  const name = panelOf(served, panel);
  let counted: PanelOutcome | null = null;
  return ({ context, dependencies }) => {
    if (name === null) return;
    addView(served, name, dependencies);
    const outcome = outcomeOf(context);
    const isSame = counted === null || (counted.match === outcome.match && counted.stale.join() === outcome.stale.join());
    if (!isSame) served.panelCounts.count(outcome);
    counted = outcome;
  };
}

/** The panel's name; null for any other client. Counts the first paint that the header reports. */
function panelOf({ panelCounts }: PanelTenant, header: string | undefined): string | null {
  const [, name = null, paintMs] = panelHeader.exec(header ?? "") ?? [];
  if (paintMs !== undefined) panelCounts.countPaint(Number(paintMs));
  return name;
}

function addView({ panelViews, tenant }: PanelTenant, panel: string, dependencies: ReadonlySet<string>): void {
  panelViews.add({ panel, at: tenant.clock.now(), head: tenant.log.head(), dependencies });
}

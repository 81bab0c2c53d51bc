import { toPanel } from "@sidelight/panel/index.ts";
import { places } from "./session/place.ts";
import { Notice } from "./ui/Notice.tsx";
import { applyScheme } from "./ui/theme.ts";
import type { Environment } from "./zaf/environment.ts";

/** The app's page outside a product. */
export function OutsideHost({ environment }: { environment: Environment }) {
  const { locale, timeZone, scheme } = environment.current();
  const view = toPanel(null, { locale, timeZone, now: Date.now(), place: places.ticket_sidebar, setup: "not_in_host" });
  applyScheme(scheme);
  return (
    <main className="panel" data-state={view.state}>
      {view.notice && <Notice notice={view.notice} labels={view.labels} onAction={() => {}} />}
    </main>
  );
}

import type { Context } from "hono";
import type { ContextAnswer } from "../../context/contexts.ts";
import type { ServedTenant } from "../deps.ts";
import type { Env } from "../env.ts";

/** What the panels call themselves in `x-sidelight-panel`. */
const panelName = /^[a-z][a-z-]{0,19}$/;

/** Remembers what a panel was shown, for the story of an event. */
export function noteSeen(
  c: Context<Env>,
  { sightings, tenant }: ServedTenant,
  answer: Pick<ContextAnswer, "dependencies">,
): void {
  const panel = c.req.header("x-sidelight-panel");
  if (panel === undefined || !panelName.test(panel)) return;
  sightings.add({ panel, at: tenant.clock.now(), head: tenant.log.head(), dependencies: answer.dependencies });
}

import type { Overview } from "@sidelight/contracts/overview/overview.ts";
import type { Actor } from "../actor.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { overviewWatchOf } from "./overviewWatch.ts";

/** What an operator has to know, and what to do next. */
export const getOverview = defineService(
  "events",
  async ({ served, actor }: ServiceContext, _input: Record<never, never>): Promise<Overview> =>
    overviewFor(actor, await overviewWatchOf(served).read(served)),
);

/** Without what only an operator may read: the contents of the configuration. */
export function overviewFor({ rights }: Pick<Actor, "rights">, overview: Overview): Overview {
  const { configuration } = overview;
  if (rights.operate || configuration === null) return overview;
  const changes = configuration.changes.map(({ path }) => ({ path, before: null, after: null }));
  return { ...overview, configuration: { ...configuration, changes } };
}

import type { ConfigChange } from "@sidelight/contracts/config/change.ts";
import type { TenantVersion } from "../../config/versions.ts";
import { routesOfVersion } from "../../routing/activeRoutes.ts";
import { createCustomerDataSource } from "../../routing/customerDataSource.ts";
import { type Difference, dryRun } from "../../routing/dryRun.ts";
import { iso } from "../instant.ts";
import { activeRoutesOf } from "../routes/activeRoutes.ts";
import type { ServedTenant } from "../servedTenant.ts";

const defaultMs = 7 * 24 * 3_600_000;
/** A request waits no longer for it. */
const maxMs = 20_000;
const maxExamples = 5;

/** What past events would have led to with another configuration. Sends and writes nothing. @param since epoch ms */
export async function dryRunChange(
  servedServedTenant: ServedTenant,
  { version, config }: TenantVersion,
  since: number | null,
): Promise<NonNullable<ConfigChange["dryRun"]>> {
  const { tenant, contexts } = servedServedTenant;
  const { log, clock, connections } = tenant;
  const from = since ?? clock.now() - defaultMs;
  const endsAt = clock.monotonic() + maxMs;
  const deps = {
    log,
    customerData: createCustomerDataSource(tenant, contexts),
    mayContinue: () => clock.monotonic() < endsAt,
  };
  const next = routesOfVersion(version, config, connections);
  const { events, same, differences, isComplete } = await dryRun(
    deps,
    { since: from, hasHistory: false },
    activeRoutesOf(servedServedTenant),
    next,
  );
  const byRoute = Map.groupBy(differences, ({ route, what }) => JSON.stringify([route, what]));
  return { since: iso(from), events, same, ...countsOf(differences), isComplete, routes: [...byRoute.values()].map(routeView) };
}

const countsOf = (differences: readonly Difference[]) => {
  const count = (kind: Difference["kind"]): number => differences.filter((difference) => difference.kind === kind).length;
  return { added: count("added"), removed: count("removed"), changed: count("changed") };
};

function routeView(differences: readonly Difference[]) {
  const [first] = differences;
  return {
    route: first?.route ?? null,
    what: first?.what ?? "",
    ...countsOf(differences),
    examples: differences.slice(0, maxExamples).map(({ event, kind, fields }) => ({
      eventId: event.id,
      type: event.type,
      receivedAt: iso(event.at),
      kind,
      fields,
    })),
  };
}

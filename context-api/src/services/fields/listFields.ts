import type { FieldStatus, Fields } from "@sidelight/contracts/conflicts/fields.ts";
import { type FieldDefinition, fieldDefinitions } from "../../config/fields.ts";
import { fieldRoute } from "../../fields/planWrite.ts";
import { countDecidedConflicts, countOpenConflicts } from "../../store/tables/conflicts.ts";
import { countDeliveries } from "../../store/tables/deliveryFigures.ts";
import type { TenantStore } from "../../store/tenantStore.ts";
import { iso } from "../instant.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { fieldPlatforms } from "./fieldPlatforms.ts";
import { nextActionOf } from "./nextAction.ts";

const hourMs = 3_600_000;

/** Every field of the configuration, with its conflicts and writes of the last hours. */
export const listFields = defineService(
  "operate",
  async ({ served: servedTenant }: ServiceContext, { hours }: { hours: number }): Promise<Fields> => {
    const { tenant, states } = servedTenant;
    const since = tenant.clock.now() - hours * hourMs;
    const { definitions } = fieldDefinitions(tenant.config, tenant.platforms);
    const counts = await countsOf(tenant.log.store, definitions, since);
    await states.refresh();
    return {
      version: tenant.configVersion,
      since: iso(since),
      items: definitions.map((definition) => statusOf(servedTenant, definition, counts(definition.name))),
    };
  },
);

type Counts = Pick<FieldStatus, "conflicts" | "writes">;

async function countsOf(
  store: TenantStore,
  definitions: readonly FieldDefinition[],
  since: number,
): Promise<(name: string) => Counts> {
  const open = await countOpenConflicts(store);
  const decidedCounts = await countDecidedConflicts(store, since);
  const routes = definitions.map(({ name }) => fieldRoute(name));
  const writes = routes.length === 0 ? [] : await countDeliveries(store, routes, since);
  return (name) => {
    const decisions = (decider: string): number =>
      decidedCounts.find(({ field, decidedBy }) => field === name && decidedBy === decider)?.count ?? 0;
    const deliveries = (state: string): number =>
      writes.find((row) => row.route === fieldRoute(name) && row.state === state)?.count ?? 0;
    return {
      conflicts: {
        open: open.find(({ field }) => field === name)?.count ?? 0,
        rule: decisions("rule"),
        person: decisions("person"),
        agreement: decisions("agreement"),
      },
      writes: {
        waiting: deliveries("waiting"),
        done: deliveries("done"),
        dead_letter: deliveries("dead_letter"),
        withheld: deliveries("withheld"),
      },
    };
  };
}

function statusOf(servedTenant: ServedTenant, definition: FieldDefinition, counts: Counts): FieldStatus {
  const { name, kind, owner, direction, rule, type, purpose, enabled } = definition;
  const platforms = fieldPlatforms(servedTenant, definition);
  const status = { name, kind, owner, direction, rule, type, purpose, enabled, platforms, ...counts };
  return { ...status, state: stateOf(status), nextAction: nextActionOf(status) };
}

/** A first pull that goes on is no failure. */
function stateOf({ enabled, platforms, conflicts, writes }: Omit<FieldStatus, "state" | "nextAction">): FieldStatus["state"] {
  if (!enabled) return "off";
  const isReadable = platforms.every(({ state }) => state === "ok" || state === "backfilling");
  if (!isReadable || writes.dead_letter > 0) return "failing";
  return conflicts.open > 0 ? "waiting" : "ok";
}

import type { Canary } from "@sidelight/contracts/config/canary.ts";
import type { CanariesTable } from "../../store/schema.ts";
import { endCanary, findCanary } from "../../store/tables/canaries.ts";
import { storedVersion } from "../../store/tables/configVersions.ts";
import { activateVersion } from "../config/activateVersion.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { canaryView } from "./canaryView.ts";
import { canaryTopic } from "./signals.ts";

/**
 * Stops a canary: the active version handles all events again.
 * @throws {ProblemError} not_found; conflict for one that has ended
 */
export const stopCanary = defineService(
  "operate",
  async ({ served, actor, audit }: ServiceContext, { id }: { id: string }): Promise<Canary> => {
    const { log, clock } = served.tenant;
    const row = await requireCanary(served, id);
    if (row.state !== "running") throw endedCanary(row);
    const statement = endCanary(log.store, { id, from: ["running"], state: "stopped", message: null, now: clock.now() });
    await audit(actor, { verb: "canaries.stop", ids: { canary: id } }, (auditRows) =>
      log.commit({ statements: [statement, ...auditRows], correlationId: id }),
    );
    log.announce(canaryTopic);
    return canaryView(await requireCanary(served, id));
  },
);

/**
 * Activates the version of a canary that runs or has passed, for all events.
 * @throws {ProblemError} not_found; conflict for one that failed, and when another version is active by now
 */
export const promoteCanary = defineService(
  "operate",
  async (context: ServiceContext, { id }: { id: string }): Promise<Canary> => {
    const { served } = context;
    const { log, clock } = served.tenant;
    const row = await requireCanary(served, id);
    if (row.state !== "running" && row.state !== "passed") throw endedCanary(row);
    const version = await storedVersion(log.store, row.version);
    if (!version) throw new ProblemError("conflict", `The version ${row.version} is not stored any more. Start a new canary.`);
    const end = {
      id,
      from: ["running" as const, "passed" as const],
      state: "promoted" as const,
      message: null,
      now: clock.now(),
    };
    await activateVersion(context, version, row.base, { verb: "canaries.promote", ids: { canary: id } }, [
      endCanary(log.store, end),
    ]);
    log.announce(canaryTopic);
    return canaryView(await requireCanary(served, id));
  },
);

async function requireCanary({ tenant }: ServiceContext["served"], id: string): Promise<CanariesTable> {
  const row = await findCanary(tenant.log.store, id);
  if (!row) throw new ProblemError("not_found", `There is no canary ${shownId(id)}. GET /v1/config/canaries lists the ids.`);
  return row;
}

const endedCanary = ({ state }: CanariesTable): ProblemError =>
  new ProblemError("conflict", `The canary has ended: ${state.replace("_", " ")}. Start a new one.`);

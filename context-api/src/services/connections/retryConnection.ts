import type { RetriedConnection } from "@sidelight/contracts/connections/connection.ts";
import { releaseDeliveries } from "../../store/tables/deliveries.ts";
import { retryTopic } from "../announcements.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";

/**
 * Ends every wait of one connection: open circuits may probe now, quotas that the platform reported as used up count as free, failing
 * streams are pulled, and waiting deliveries are due.
 * @throws {ProblemError} not_found
 */
export const retryConnection = defineService(
  "operate",
  async ({ served, actor, audit }: ServiceContext, { id }: { id: string }): Promise<RetriedConnection> => {
    const { tenant } = served;
    const connection = tenant.connections.find((candidate) => candidate.id === id);
    if (!connection)
      throw new ProblemError("not_found", `There is no connection ${shownId(id)}. GET /v1/connections lists the ids.`);
    const { circuits, rateLimiter } = connection;
    const open = circuits.list().filter(({ state }) => state === "open");
    const blocked = Object.entries(rateLimiter.left()).filter(([, { blockedUntil }]) => blockedUntil !== null);
    const releaseStatement = releaseDeliveries(tenant.log.store, id, tenant.clock.now());
    await audit(actor, { verb: "connections.retry", ids: { connection: id } }, (auditRows) =>
      tenant.log.commit({ statements: [releaseStatement, ...auditRows], correlationId: "retry" }),
    );
    // Each process has waits of its own.
    tenant.log.announce(retryTopic(id));
    return { breakers: open.map(({ kind }) => kind), quotas: blocked.map(([name]) => name) };
  },
);

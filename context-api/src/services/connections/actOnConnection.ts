import type { ActedConnection, ConnectionAction } from "@sidelight/contracts/connections/connection.ts";
import type { Connection } from "../../connections/connections.ts";
import { probeConnection } from "../../connections/liveProbe.ts";
import { loadPauses, pausesTopic } from "../../connections/pauses.ts";
import type { Statement } from "../../store/statement.ts";
import { releaseDeliveries } from "../../store/tables/deliveries.ts";
import { pauseConnection, resumeConnection } from "../../store/tables/pausedConnections.ts";
import { pullTopic, rereadTopic, retryTopic } from "../announcements.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";

export interface ActOnConnectionInput {
  id: string;
  action: ConnectionAction;
}

/** What an action did. Null for a platform that was not called. */
type Result = Pick<ActedConnection, "summary" | "isWorking">;

/**
 * Does what an operator decided about one connection, in all processes.
 * @throws {ProblemError} not_found; conflict for a paused connection, which is resumed first
 */
export const actOnConnection = defineService(
  "operate",
  async (context: ServiceContext, { id, action }: ActOnConnectionInput): Promise<ActedConnection> => {
    const { served, actor, audit } = context;
    const { tenant } = served;
    const connection = tenant.connections.find((candidate) => candidate.id === id);
    if (!connection)
      throw new ProblemError("not_found", `There is no connection ${shownId(id)}. GET /v1/connections lists the ids.`);
    if (connection.pausedAt !== null && (action === "probe" || action === "pull"))
      throw new ProblemError("conflict", `The connection ${id} is paused. Resume it first.`);
    const statements = statementsOf(context, connection, action);
    await audit(actor, { verb: `connections.${action}`, ids: { connection: id } }, (auditRows) =>
      tenant.log.commit({ statements: [...statements, ...auditRows], correlationId: "connections" }),
    );
    return { connection: id, action, ...(await actions[action](context, connection)) };
  },
);

function statementsOf({ served, actor }: ServiceContext, { id }: Connection, action: ConnectionAction): Statement[] {
  const { log, clock } = served.tenant;
  const now = clock.now();
  const release = releaseDeliveries(log.store, id, now);
  switch (action) {
    case "pause":
      return [pauseConnection(log.store, { connection: id, paused_at: now, paused_by: actor.keyId })];
    case "resume":
      return [resumeConnection(log.store, id), release];
    case "pull":
      return [];
    default:
      return [release];
  }
}

const actions: Record<ConnectionAction, (context: ServiceContext, connection: Connection) => Promise<Result>> = {
  async probe(context, connection) {
    endWaits(context, connection);
    return await probe(context, connection);
  },
  async pull({ served }, { id, connector }) {
    served.tenant.log.announce(pullTopic(id));
    const count = connector.streams.length;
    const summary =
      count === 0 ? "The connection has no streams: its events arrive by webhooks." : `${streams(count)} pulled now.`;
    return { summary, isWorking: null };
  },
  async pause(context) {
    await changePauses(context);
    return { summary: "Paused. Nothing is pulled, delivered or asked until it is resumed.", isWorking: null };
  },
  async resume(context, connection) {
    await changePauses(context);
    endWaits(context, connection);
    const { summary, isWorking } = await probe(context, connection);
    return { summary: `Resumed. ${summary}`, isWorking };
  },
  async "reread-secret"(context, connection) {
    const { secrets, problems } = await context.served.rereadSecrets(connection.id);
    context.served.tenant.log.announce(rereadTopic(connection.id));
    const [problem] = problems;
    if (problem) return { summary: `The secret ${problem.secret} could not be read: ${problem.problem}.`, isWorking: null };
    endWaits(context, connection);
    const read = secrets.length === 0 ? "The connection names no secret." : `Read again: ${secrets.join(", ")}.`;
    if (connection.pausedAt !== null) return { summary: `${read} The connection is paused.`, isWorking: null };
    const { summary, isWorking } = await probe(context, connection);
    return { summary: `${read} ${summary}`, isWorking };
  },
};

/** Each process has waits of its own. */
const endWaits = ({ served }: ServiceContext, { id }: Connection): void => served.tenant.log.announce(retryTopic(id));

async function changePauses({ served: { tenant, alertWatch } }: ServiceContext): Promise<void> {
  await loadPauses(tenant.log, tenant.connections);
  tenant.log.announce(pausesTopic);
  alertWatch.wake();
}

async function probe({ served }: ServiceContext, connection: Connection): Promise<Result> {
  const { isWorking, ms, problem } = await probeConnection(connection, served.tenant.clock);
  const { label } = connection.platform;
  if (isWorking) return { summary: `${label} answered in ${ms} ms.`, isWorking };
  return { summary: problem ?? `${label} was not called.`, isWorking };
}

const streams = (count: number): string => (count === 1 ? "1 stream is" : `${count} streams are`);

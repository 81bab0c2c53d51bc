import { credentialsDependency } from "../../log/log.ts";
import { deleteConsoleSession } from "../../store/tables/consoleSessions.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { sessionOf } from "./getConsoleSession.ts";

/** Signs the operator out. Every process refuses the session from then on, also after a restart. */
export const endConsoleSession = defineService(
  "events",
  async ({ served, actor, audit }: ServiceContext, _input: Record<never, never>): Promise<void> => {
    const { id } = sessionOf(served, actor);
    const { log } = served.tenant;
    await audit(actor, { verb: "console.signOut", ids: { key: actor.keyId } }, (auditRows) =>
      log.commit({ statements: [deleteConsoleSession(log.store, id), ...auditRows], correlationId: "console" }),
    );
    log.invalidate(credentialsDependency);
  },
);

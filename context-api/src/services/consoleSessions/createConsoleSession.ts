import { consoleSessionId, maxConsoleSessionMs, newConsoleToken } from "../../security/consoleSessions.ts";
import { insertConsoleSession } from "../../store/tables/consoleSessions.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ConsoleSessionView, consoleSessionView } from "./consoleSessionView.ts";

/** Signs an operator in with an API key. The session ends with the key, after eight hours, or after half an hour without activity. */
export const createConsoleSession = defineService(
  "events",
  async (
    { served, actor, audit }: ServiceContext,
    _input: Record<never, never>,
  ): Promise<{ token: string; session: ConsoleSessionView }> => {
    const { tenant } = served;
    const { log } = tenant;
    const now = tenant.clock.now();
    const token = newConsoleToken(tenant.id);
    const expiresAt = Math.min(now + maxConsoleSessionMs, actor.expiresAt ?? Number.POSITIVE_INFINITY);
    const row = { id: consoleSessionId(token), key_id: actor.keyId, created_at: now, used_at: now, expires_at: expiresAt };
    await audit(actor, { verb: "console.signIn", ids: { key: actor.keyId } }, (auditRows) =>
      log.commit({ statements: [insertConsoleSession(log.store, row), ...auditRows], correlationId: "console" }),
    );
    return { token, session: await consoleSessionView(served, actor, expiresAt) };
  },
);

import { renewConsoleSessionRow } from "../../store/tables/consoleSessions.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ConsoleSessionView, consoleSessionView } from "./consoleSessionView.ts";
import { sessionOf } from "./getConsoleSession.ts";

/** Records that the operator is active. The page calls it for key presses and clicks, not for what it reads on its own. */
export const renewConsoleSession = defineService(
  "events",
  async ({ served, actor }: ServiceContext, _input: Record<never, never>): Promise<ConsoleSessionView> => {
    const { id, expiresAt } = sessionOf(served, actor);
    const { log, clock } = served.tenant;
    await log.append({ statements: [renewConsoleSessionRow(log.store, id, clock.now())], correlationId: "console" });
    return await consoleSessionView(served, actor, expiresAt);
  },
);

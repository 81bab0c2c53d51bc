import type { Actor } from "../actor.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ConsoleSessionView, consoleSessionView } from "./consoleSessionView.ts";

/** The session of the caller. @throws {ProblemError} unauthenticated, for a caller with an API key */
export const getConsoleSession = defineService(
  "events",
  async ({ served, actor }: ServiceContext, _input: Record<never, never>): Promise<ConsoleSessionView> =>
    await consoleSessionView(served, actor, sessionOf(served, actor).expiresAt),
);

/** @throws {ProblemError} unauthenticated */
export function sessionOf({ tenant }: ServiceContext["served"], { consoleSession }: Actor): NonNullable<Actor["consoleSession"]> {
  if (consoleSession && consoleSession.expiresAt > tenant.clock.now()) return consoleSession;
  throw new ProblemError("unauthenticated", "There is no console session. Sign in again.", { stage: "authenticate" });
}

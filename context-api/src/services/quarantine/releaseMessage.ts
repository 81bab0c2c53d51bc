import type { ReleasedMessage } from "@sidelight/contracts/events/quarantine.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";

/**
 * Parses a quarantined message again and appends what is usable. Events that were appended before count as duplicates. The message
 * stays in quarantine while a part of it is unusable.
 * @throws {ProblemError} not_found
 */
export const releaseMessage = defineService(
  "operate",
  async ({ served, actor, audit }: ServiceContext, { id }: { id: string }): Promise<ReleasedMessage> => {
    const result = await audit(actor, { verb: "quarantine.release", ids: { message: id } }, (auditRows) =>
      served.ingest.release(id, auditRows),
    );
    if (!result) throw notQuarantined(id);
    const { accepted, duplicates, eventIds, unusable } = result;
    return { accepted, duplicates, eventIds, unusable };
  },
);

export const notQuarantined = (id: string): ProblemError =>
  new ProblemError(
    "not_found",
    `No message ${shownId(id)} is in quarantine. GET /v1/quarantine lists the messages and their states.`,
  );

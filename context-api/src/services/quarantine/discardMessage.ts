import { findQuarantinedRow, updateQuarantineState } from "../../store/tables/quarantine.ts";
import { deleteSubjectKey } from "../../store/tables/subjectKeys.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { notQuarantined } from "./releaseMessage.ts";

/** Discards a quarantined message for good: the key that seals it is destroyed. @throws {ProblemError} not_found */
export const discardMessage = defineService(
  "operate",
  async ({ served: { tenant }, actor, audit }: ServiceContext, { id }: { id: string }): Promise<void> => {
    const { store, commit } = tenant.log;
    const row = await findQuarantinedRow(store, id);
    if (!row) throw notQuarantined(id);
    const statements = [deleteSubjectKey(store, row.subject), updateQuarantineState(store, id, "discarded", tenant.clock.now())];
    await audit(actor, { verb: "quarantine.discard", ids: { message: id } }, (auditRows) =>
      commit({ statements: [...statements, ...auditRows], correlationId: "quarantine" }),
    );
  },
);

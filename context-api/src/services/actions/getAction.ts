import type { ActionResult, ActionState } from "@sidelight/contracts/actions/action.ts";
import { ActionResult as ActionResultSchema } from "@sidelight/contracts/actions/action.ts";
import { type AuditRow, findAuditEntry } from "../../store/tables/auditEntries.ts";
import type { Actor } from "../actor.ts";
import { iso } from "../instant.ts";
import { ProblemError, shownId } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { followUpState } from "./followUpState.ts";

/**
 * An action that the caller took, and how far its effect is. Administrators read all actions. A reveal is not read again.
 * @throws {ProblemError} not_found
 */
export const getAction = defineService(
  "session",
  async (context: ServiceContext, { id }: { id: string }): Promise<ActionState> => {
    const { served, actor } = context;
    const row = await findAuditEntry(served.tenant.log.store, id);
    const action = row && isOwn(actor, row) ? actionOf(row) : null;
    if (!row || action === null) throw new ProblemError("not_found", `You have taken no action ${shownId(id)}.`);
    const ids = JSON.parse(row.ids) as Record<string, string | number | null>;
    if (action === "follow-up") return await followUpState(context, { id, at: row.at, ids });
    return { action, id, at: iso(row.at), note: typeof ids["note"] === "string" ? ids["note"] : null };
  },
);

const isOwn = ({ rights, keyId, person }: Actor, row: AuditRow): boolean =>
  rights.operate || (row.key_id === keyId && row.person === (person?.ref ?? null));

function actionOf({ verb }: AuditRow): ActionResult["action"] | "follow-up" | null {
  const name = verb.replace(/^actions\./, "");
  if (name === verb) return null;
  if (name === "follow-up") return name;
  return ActionResultSchema.shape.action.safeParse(name).data ?? null;
}

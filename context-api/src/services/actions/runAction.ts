import type { EventInput } from "@sidelight/model/records.ts";
import type { Statement } from "../../store/statement.ts";
import { type AuditRow, findAuditEntry } from "../../store/tables/auditEntries.ts";
import { repeatableId, requestHash, usedKey } from "../idempotency.ts";
import type { ServiceContext } from "../service.ts";
import type { ActionTarget } from "./actionTarget.ts";

/** An action that a caller asks for. The same key with the same request is one action. */
export interface ActionRequest {
  ref: string;
  idempotencyKey: string;
}

/** What an action does, all in one commit. */
export interface ActionPlan {
  target: ActionTarget;
  /** What it made, for the audit and for the answer: no personal value. */
  ids: Record<string, string | number | null>;
  events?: EventInput[];
  statements?: Statement[];
  /** What the person wrote as the reason. */
  reason?: string;
}

/** An action that was taken, now or by an earlier request with the same key. */
export interface TakenAction {
  id: string;
  /** Epoch ms. */
  at: number;
  ids: Record<string, string | number | null>;
  isRepeated: boolean;
}

/**
 * Takes an action once for its idempotency key: plans it, and commits its effects together with its audit entry, which remembers the
 * request. What it makes has ids that follow from the key, so two requests at the same time make one thing.
 * @param request what the caller sent, without the key
 * @throws {ProblemError} conflict when the key was used for another request
 */
export async function runAction(
  context: ServiceContext,
  { idempotencyKey }: Pick<ActionRequest, "idempotencyKey">,
  { action, request }: { action: string; request: object },
  plan: (id: string) => Promise<ActionPlan>,
): Promise<TakenAction> {
  const { served, actor, audit } = context;
  const { log } = served.tenant;
  const id = repeatableId(context, "act", idempotencyKey);
  const hash = requestHash(context, [action, request]);
  const earlier = await findAuditEntry(log.store, id);
  if (earlier) return taken(earlier, hash, true);
  const planOrAction = await plan(id).catch(async (error: unknown) => {
    // The same request may have been faster, so that there is nothing left to do.
    const faster = await findAuditEntry(log.store, id);
    if (faster) return taken(faster, hash, true);
    throw error;
  });
  if ("isRepeated" in planOrAction) return planOrAction;
  const { target, ids, events = [], statements = [], reason } = planOrAction;
  const entry = {
    verb: `actions.${action}`,
    ids,
    customer: target.customer,
    reason: reason === undefined ? null : { text: reason, record: target.record.ref },
    request: { id, hash },
  };
  await audit(actor, entry, (auditRows) => log.commit({ events, statements: [...statements, ...auditRows], correlationId: id }));
  const entryRow = await findAuditEntry(log.store, id);
  // Without an entry nothing must be answered: what was done has to be on record.
  if (!entryRow) throw new Error("the audit entry of an action is not in the store");
  return taken(entryRow, hash, false);
}

function taken({ id, at, ids, request }: AuditRow, hash: string, isRepeated: boolean): TakenAction {
  if (request !== hash) throw usedKey();
  return { id, at, ids: JSON.parse(ids) as TakenAction["ids"], isRepeated };
}

import type { ActionResult, InsertRequest } from "@sidelight/contracts/actions/action.ts";
import { openReader } from "../../log/reader.ts";
import { iso } from "../instant.ts";
import { invalidParameter } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { actionTarget, ownRef } from "./actionTarget.ts";
import { type ActionRequest, runAction } from "./runAction.ts";

/**
 * Records that a person put something about a customer into an editor of the platform. The panel inserts it itself.
 * @throws {ProblemError} invalid_ref, invalid_request, not_found, conflict, forbidden
 */
export const recordInsert = defineService(
  "act:insert",
  async (context: ServiceContext, { ref, into, ...input }: InsertRequest & ActionRequest): Promise<ActionResult> => {
    const parsed = ownRef(context, ref);
    const editor = into === null ? null : recordRef(context, into);
    const { idempotencyKey, ...insert } = input;
    const ids = { into: editor, as: insert.as, what: insert.what, characters: insert.characters };
    const request = { ref: parsed.ref, ...ids };
    const { id, at } = await runAction(context, { idempotencyKey }, { action: "insert", request }, async () => ({
      target: await actionTarget(openReader(context.served.tenant.log), parsed),
      ids,
    }));
    return { action: "insert", id, at: iso(at), note: null };
  },
);

/**
 * The ref of a record whose id its platform chose, so that it is no personal value.
 * @throws {ProblemError} invalid_ref, invalid_request, forbidden
 */
function recordRef(context: ServiceContext, text: string): string {
  const parsed = ownRef(context, text);
  const platform = parsed.kind === "object" ? context.served.tenant.platforms.get(parsed.platform) : undefined;
  const type = parsed.kind === "object" ? platform?.objects[parsed.object] : undefined;
  if (!type || type.hasChosenIds) throw invalidParameter("into", "Send the ref of a record, for example zendesk.ticket:5158.");
  return parsed.ref;
}

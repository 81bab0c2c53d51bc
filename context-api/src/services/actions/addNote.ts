import type { ActionResult, NoteRequest } from "@sidelight/contracts/actions/action.ts";
import { openReader } from "../../log/reader.ts";
import { iso } from "../instant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { actionTarget, ownRef } from "./actionTarget.ts";
import { authorOf, noteEvent } from "./noteEvent.ts";
import { type ActionRequest, runAction } from "./runAction.ts";

/**
 * Writes a note about a customer, which every panel shows. It belongs to the record that it was written about: after a split it is
 * where that record is.
 * @throws {ProblemError} invalid_ref, not_found, conflict, forbidden
 */
export const addNote = defineService(
  "act:note",
  async (context: ServiceContext, { ref, body, ...input }: NoteRequest & ActionRequest): Promise<ActionResult> => {
    const { served, actor } = context;
    const { log, clock } = served.tenant;
    const parsed = ownRef(context, ref);
    const request = { ref: parsed.ref, body };
    const { id, at, ids } = await runAction(context, input, { action: "note", request }, async (action) => {
      const target = await actionTarget(openReader(log), parsed);
      const now = clock.now();
      const note = action.replace(/^act/, "note");
      const data = { kind: "note" as const, body, author: authorOf(actor), createdAt: iso(now), isPinned: false };
      const event = noteEvent({ id: note, change: "created", data, about: target.record.ref, now, action });
      return { target, ids: { note }, events: [event] };
    });
    return { action: "note", id, at: iso(at), note: String(ids["note"]) };
  },
);

import type { ActionResult, PinRequest } from "@sidelight/contracts/actions/action.ts";
import { openReader, type Reader } from "../../log/reader.ts";
import { deleteCustomerPins, listCustomerPins, saveCustomerPin } from "../../store/tables/customerPins.ts";
import { iso } from "../instant.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { type ActionTarget, actionTarget, ownRef } from "./actionTarget.ts";
import { noteEvent } from "./noteEvent.ts";
import { aboutOf, findNote } from "./notesOf.ts";
import { maxPins, pinOwner } from "./pinOwner.ts";
import { type ActionPlan, type ActionRequest, runAction } from "./runAction.ts";

/**
 * Pins a customer for the caller, or a note for all readers, or takes the pin away.
 * @throws {ProblemError} invalid_ref, not_found, conflict, forbidden
 */
export const pin = defineService(
  "act:pin",
  async (context: ServiceContext, { ref, note, pinned, ...input }: PinRequest & ActionRequest): Promise<ActionResult> => {
    const { log } = context.served.tenant;
    const parsed = ownRef(context, ref);
    const request = { ref: parsed.ref, note: note ?? null, pinned };
    const { id, at } = await runAction(context, input, { action: "pin", request }, async (action) => {
      const reader = openReader(log);
      const target = await actionTarget(reader, parsed);
      return note === undefined
        ? await pinCustomer(context, target, pinned)
        : await pinNote(context, reader, { target, note, pinned, action });
    });
    return { action: "pin", id, at: iso(at), note: note ?? null };
  },
);

async function pinCustomer({ served, actor }: ServiceContext, target: ActionTarget, isPinned: boolean): Promise<ActionPlan> {
  const { log, clock } = served.tenant;
  const owner = pinOwner(log, actor);
  const { key } = target.record;
  const ids = { pinned: Number(isPinned) };
  if (!isPinned) {
    const keys = target.records.map((record) => record.key);
    return { target, ids, statements: [deleteCustomerPins(log.store, owner, keys)] };
  }
  if ((await listCustomerPins(log.store, owner, maxPins)).length >= maxPins)
    throw new ProblemError("conflict", `You have ${maxPins} pinned customers. Take away the pin of another one first.`);
  return { target, ids, statements: [saveCustomerPin(log.store, { owner, key, kind: target.kind, pinned_at: clock.now() })] };
}

async function pinNote(
  { served }: ServiceContext,
  reader: Reader,
  { target, note: id, pinned, action }: { target: ActionTarget; note: string; pinned: boolean; action: string },
): Promise<ActionPlan> {
  const note = await findNote(reader, target, id);
  const change = pinned ? "pinned" : "unpinned";
  const data = { ...note.data, isPinned: pinned };
  const event = noteEvent({ id, change, data, about: aboutOf(note), now: served.tenant.clock.now(), action });
  return { target, ids: { note: id, pinned: Number(pinned) }, events: note.data.isPinned === pinned ? [] : [event] };
}

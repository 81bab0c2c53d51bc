import type { ActionResult, DeleteNoteRequest } from "@sidelight/contracts/actions/action.ts";
import type { NoteData } from "@sidelight/model/records.ts";
import { openReader } from "../../log/reader.ts";
import type { Actor } from "../actor.ts";
import { iso } from "../instant.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { actionTarget, ownRef } from "./actionTarget.ts";
import { noteEvent } from "./noteEvent.ts";
import { aboutOf, findNote } from "./notesOf.ts";
import { type ActionRequest, runAction } from "./runAction.ts";

/**
 * Deletes a note, for all readers. Its author and administrators may do so.
 * @throws {ProblemError} invalid_ref, not_found, conflict, forbidden
 */
export const deleteNote = defineService(
  "act:note",
  async (context: ServiceContext, { ref, note: noteId, ...input }: DeleteNoteRequest & ActionRequest): Promise<ActionResult> => {
    const { served, actor } = context;
    const { log, clock } = served.tenant;
    const parsed = ownRef(context, ref);
    const request = { ref: parsed.ref, note: noteId };
    const { id, at } = await runAction(context, input, { action: "delete-note", request }, async (action) => {
      const reader = openReader(log);
      const target = await actionTarget(reader, parsed);
      const note = await findNote(reader, target, noteId);
      if (!actor.rights.operate && !isAuthor(actor, note.data.author))
        throw new ProblemError("forbidden", "Only the author of a note and administrators may delete it.", {
          stage: "authorize",
        });
      const subject = aboutOf(note);
      const event = noteEvent({
        id: noteId,
        change: "deleted",
        data: { ...note.data, body: "" },
        about: subject,
        now: clock.now(),
        action,
      });
      return { target, ids: { note: noteId }, events: [event] };
    });
    return { action: "delete-note", id, at: iso(at), note: noteId };
  },
);

/** A person by their own ref, otherwise the API key: people who share a key without a sign-in are one author. */
const isAuthor = ({ person, keyId }: Actor, author: NoteData["author"]): boolean =>
  author.ref === null ? person === null && author.keyId === keyId : author.ref === person?.ref;

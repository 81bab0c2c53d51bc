import type { EventInput, NoteData } from "@sidelight/model/records.ts";
import { identityPlatform } from "../../identity/decisions.ts";
import type { Actor } from "../actor.ts";

/** What happened to a note. */
export type NoteChange = "created" | "deleted" | "pinned" | "unpinned";

/** Ref of a note's record. */
export const noteRef = (id: string): string => `${identityPlatform}.note:${id}`;

export const authorOf = ({ keyId, role, person }: Actor): NoteData["author"] => ({
  keyId,
  role,
  ref: person?.ref ?? null,
  name: person?.name ?? null,
});

interface NoteVersion {
  id: string;
  change: NoteChange;
  data: NoteData;
  /** Ref of the record that the note is about. Its data key seals the note. */
  about: string;
  /** Epoch ms. */
  now: number;
  /** Recognizes a repeated request. */
  action: string;
}

/** The event of a note. It carries the whole note as a record, so that it has versions as all records, and an erasure takes it along. */
export function noteEvent({ id, change, data, about, now, action }: NoteVersion): EventInput {
  const source = { platform: identityPlatform, connection: identityPlatform, object: "note" };
  const ref = noteRef(id);
  return {
    ...source,
    ...{ type: `note.${change}`, timestamp: now, ref, subject: about, sourceIds: [`${action}:${change}`], sourceEventId: null },
    record: {
      ...source,
      ...{ ref, subject: about, changedAt: now, observedAt: now, identifiers: [] },
      edges: [{ rel: "about", to: about }],
      data,
      ...(change === "deleted" && { deleted: true }),
    },
    interaction: null,
    data: { note: id, author: { keyId: data.author.keyId, role: data.author.role, ref: data.author.ref } },
    isEcho: false,
  };
}

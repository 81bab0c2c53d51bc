import type { Host } from "../zaf/host.ts";

/** The comment that the agent is writing. */
export interface Draft {
  /** The customer will read it. */
  isPublic: boolean;
  isEmpty: boolean;
}

/** @throws when the host has no editor */
export async function readDraft(host: Host): Promise<Draft> {
  const values = await host.get("comment.type", "comment.text");
  const type = values["comment.type"];
  // A type that is not known, such as a chat message, may reach the customer.
  return { isPublic: type !== "internalNote", isEmpty: isBlank(values["comment.text"]) };
}

/** An empty editor holds markup, such as an empty paragraph. An editor that does not say what it holds is not empty. */
function isBlank(text: unknown): boolean {
  if (text === null || text === undefined) return false;
  return (
    String(text)
      .replace(/<[^>]*>|&nbsp;/g, " ")
      .trim() === ""
  );
}

/** @returns ends the watch */
export const watchDraft = (host: Host, onChange: () => void): (() => void) => host.on("comment.type.changed", onChange);

/** Whether a text goes into this draft as into a public reply. An empty draft becomes an internal note. */
export const isPublicReply = ({ isPublic, isEmpty }: Draft): boolean => isPublic && !isEmpty;

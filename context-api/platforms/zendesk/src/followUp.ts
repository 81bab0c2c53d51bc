import type { FollowUp, FollowUpAction } from "@sidelight/platform-kit/followUp.ts";

/** A follow-up of a ticket is an internal note on it. Null for anything else: only a ticket has notes. */
export function followUpNote({ about, subject, text, owner, dueDate }: FollowUp): FollowUpAction | null {
  if (!about.startsWith("zendesk.ticket:")) return null;
  const lines = [
    `Follow-up: ${subject}`,
    ...(text === null ? [] : ["", text]),
    "",
    ...(owner === null ? [] : [`Owner: ${owner.name ?? owner.ref}`]),
    `Due: ${dueDate}`,
  ];
  return { action: "add-internal-note", input: { ticket: about, body: lines.join("\n") } };
}

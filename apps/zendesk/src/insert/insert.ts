import { insertedLines, type Summary } from "@sidelight/panel/index.ts";
import type { Host } from "../zaf/host.ts";
import { isPublicReply, readDraft } from "./draft.ts";

/** `changed`: another ticket is on screen. `published`: the draft became a public reply. Nothing is inserted in either case. */
export type InsertOutcome = "done" | "changed" | "failed" | "published";

export interface InsertRequest {
  summary: Summary;
  /** The ticket of the preview, or null for a new one. */
  ticketId: string | null;
  /** What the person saw: the lines for a public reply, or all. */
  isPublic: boolean;
}

/**
 * Inserts the summary at the cursor. Nothing is sent. An empty draft becomes an internal note; the type of any other draft stays as
 * it is, and a public reply receives only what the customer may read.
 */
export async function insertSummary(host: Host, { summary, ticketId, isPublic }: InsertRequest): Promise<InsertOutcome> {
  try {
    const current = (await host.get("ticket.id"))["ticket.id"];
    if (String(current ?? "") !== (ticketId ?? "")) return "changed";
    const draft = await readDraft(host);
    if (isPublicReply(draft) && !isPublic) return "published";
    if (!isPublic && draft.isPublic && !(await becomesNote(host))) return "failed";
    await host.invoke("ticket.editor.insert", toHtml(summary.title, insertedLines(summary, isPublic)));
    return "done";
  } catch {
    return "failed";
  }
}

/** Some editors accept the new type and keep the old one. */
async function becomesNote(host: Host): Promise<boolean> {
  await host.set("comment.type", "internalNote");
  return !(await readDraft(host)).isPublic;
}

export function toHtml(title: string, lines: readonly string[]): string {
  return `<p><strong>${escapeHtml(title)}</strong></p><ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** The editor accepts HTML, and a customer's name may contain some. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

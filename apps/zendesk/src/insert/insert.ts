import type { Summary } from "@sidelight/panel/index.ts";
import type { Host } from "../zaf/host.ts";

export type InsertOutcome = "done" | "changed" | "failed";

/**
 * Inserts the summary at the cursor as an internal note. Nothing is sent. Nothing is inserted when a different ticket is on
 * screen by now.
 */
export async function insertSummary(host: Host, summary: Summary, ticketId: string | null): Promise<InsertOutcome> {
  try {
    const current = (await host.get("ticket.id"))["ticket.id"];
    if (String(current ?? "") !== (ticketId ?? "")) return "changed";
    await host.set("comment.type", "internalNote");
    await host.invoke("ticket.editor.insert", toHtml(summary));
    return "done";
  } catch {
    return "failed";
  }
}

export function toHtml({ title, lines }: Summary): string {
  return `<p><strong>${escapeHtml(title)}</strong></p><ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join("")}</ul>`;
}

const entities: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** The editor accepts HTML, and a customer's name may contain some. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}

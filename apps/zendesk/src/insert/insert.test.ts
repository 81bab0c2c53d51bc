import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Host } from "../zaf/host.ts";
import { insertSummary, toHtml } from "./insert.ts";

const summary = {
  title: "Ada <b>",
  lines: ["ARR: €1 & more", "Open tickets: 2", `"><img src=x onerror=alert(1)>`],
  publicLines: ["Open tickets: 2"],
};

interface EditorState {
  ticketId?: unknown;
  type?: string;
  text?: string | null;
  /** The editor rejects an insertion. */
  isBroken?: boolean;
  /** The editor accepts a new type and keeps the old one. */
  keepsType?: boolean;
}

function createEditor({
  ticketId = 5158,
  type = "publicReply",
  text = "",
  isBroken = false,
  keepsType = false,
}: EditorState = {}) {
  const calls: unknown[][] = [];
  const values: Record<string, unknown> = { "ticket.id": ticketId, "comment.type": type, "comment.text": text };
  const host = {
    get: async (...paths: string[]) => Object.fromEntries(paths.map((path) => [path, values[path]])),
    set: async (path: string, value: unknown) => {
      calls.push(["set", path, value]);
      if (!keepsType) values[path] = value;
    },
    invoke: async (...args: unknown[]) => {
      if (isBroken) throw new Error("no editor");
      calls.push(["invoke", ...args]);
    },
  };
  return { host: host as unknown as Host, calls };
}

const request = { summary, ticketId: "5158", isPublic: false };
const insertCall = ["invoke", "ticket.editor.insert", toHtml(summary.title, summary.lines)];
const asNote = ["set", "comment.type", "internalNote"];

describe("inserting a summary", () => {
  it.each(["", "<p></p>", "<div>&nbsp;<br></div>"])("makes an empty draft (%j) an internal note", async (text) => {
    const { host, calls } = createEditor({ text });
    expect(await insertSummary(host, request)).toBe("done");
    expect(calls).toEqual([asNote, insertCall]);
  });

  it("goes into a note that is being written, whose type stays as it is", async () => {
    const { host, calls } = createEditor({ type: "internalNote", text: "<p>Called her</p>" });
    expect(await insertSummary(host, request)).toBe("done");
    expect(calls).toEqual([insertCall]);
  });

  it("leaves the type of a public reply that is being written, and inserts nothing internal", async () => {
    const { host, calls } = createEditor({ text: "<p>Dear Ada</p>" });
    expect(await insertSummary(host, { ...request, isPublic: true })).toBe("done");
    expect(calls).toEqual([["invoke", "ticket.editor.insert", toHtml(summary.title, ["Open tickets: 2"])]]);
  });

  it.each([
    ["a draft that became a public reply after the preview", { text: "<p>Dear Ada</p>" }],
    ["a draft whose text the host does not report", { text: null }],
    ["a draft of an unknown type", { type: "chat", text: "Hi" }],
  ])("inserts nothing internal into %s", async (_situation, state) => {
    const { host, calls } = createEditor(state);
    expect(await insertSummary(host, request)).toBe("published");
    expect(calls).toEqual([]);
  });

  it("inserts nothing into an editor that does not become a note", async () => {
    const { host, calls } = createEditor({ keepsType: true });
    expect(await insertSummary(host, request)).toBe("failed");
    expect(calls).toEqual([asNote]);
  });

  it("inserts nothing when the ticket has changed", async () => {
    const { host, calls } = createEditor({ ticketId: 5159 });
    expect(await insertSummary(host, request)).toBe("changed");
    expect(calls).toEqual([]);
  });

  it("reports a failure when the editor refuses", async () => {
    expect(await insertSummary(createEditor({ isBroken: true }).host, request)).toBe("failed");
  });

  it("escapes the customer's text", () => {
    fc.assert(
      fc.property(fc.string(), fc.array(fc.string(), { maxLength: 3 }), (title, lines) => {
        const tags = toHtml(title, lines).match(/<[^>]*>/g) ?? [];
        expect(new Set(tags)).toEqual(
          new Set(["<p>", "<strong>", "</strong>", "</p>", "<ul>", ...(lines.length ? ["<li>", "</li>"] : []), "</ul>"]),
        );
      }),
    );
    expect(toHtml(summary.title, summary.lines)).not.toContain("<img");
  });
});

import fc from "fast-check";
import { expect, it } from "vitest";
import type { Host } from "../zaf/host.ts";
import { insertSummary, toHtml } from "./insert.ts";

const summary = { title: "Ada <b>", lines: ["ARR: €1 & more", `"><img src=x onerror=alert(1)>`] };

function editor(ticketId: unknown, fail = false) {
  const calls: unknown[][] = [];
  const host = {
    get: async () => ({ "ticket.id": ticketId }),
    set: async (...args: unknown[]) => void calls.push(["set", ...args]),
    invoke: async (...args: unknown[]) => {
      if (fail) throw new Error("no editor");
      calls.push(["invoke", ...args]);
    },
  };
  return { host: host as unknown as Host, calls };
}

it("inserts an internal note into the same ticket", async () => {
  const { host, calls } = editor(5158);
  expect(await insertSummary(host, summary, "5158")).toBe("done");
  expect(calls).toEqual([
    ["set", "comment.type", "internalNote"],
    ["invoke", "ticket.editor.insert", toHtml(summary)],
  ]);
});

it("inserts nothing when the ticket has changed", async () => {
  const { host, calls } = editor(5159);
  expect(await insertSummary(host, summary, "5158")).toBe("changed");
  expect(calls).toEqual([]);
});

it("reports a failure when the editor refuses", async () => {
  expect(await insertSummary(editor(5158, true).host, summary, "5158")).toBe("failed");
});

it("escapes the customer's text", () => {
  fc.assert(
    fc.property(fc.string(), fc.array(fc.string(), { maxLength: 3 }), (title, lines) => {
      const tags = toHtml({ title, lines }).match(/<[^>]*>/g) ?? [];
      expect(new Set(tags)).toEqual(
        new Set(["<p>", "<strong>", "</strong>", "</p>", "<ul>", ...(lines.length ? ["<li>", "</li>"] : []), "</ul>"]),
      );
    }),
  );
  expect(toHtml(summary)).not.toContain("<img");
});

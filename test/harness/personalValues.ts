import type { Frame, Page } from "playwright-core";
import type { Person } from "../lab/world/types.ts";

/** What identifies or reaches a person and is hidden without the right `pii`: addresses whole, and phone numbers by their digits. */
export const personalValues = ({ email, moreEmails, phone }: Person): string[] =>
  [email, ...moreEmails, ...(phone === null ? [] : [phone, phone.replace(/\D/g, "").slice(-9)])].map((value) =>
    value.toLowerCase(),
  );

/** The values that occur in a text, also percent-encoded. */
export function valuesIn(text: string, values: readonly string[]): string[] {
  const lower = text.toLowerCase();
  return values.filter((value) => lower.includes(value) || lower.includes(encodeURIComponent(value)));
}

/** What the document of a page or frame holds: elements with their attributes, fields, storage. */
export const documentText = (target: Page | Frame): Promise<string> =>
  target.evaluate<string>(`(() => {
    const texts = [];
    const read = (root) => {
      texts.push(root.innerHTML ?? "");
      for (const element of root.querySelectorAll("*")) {
        if (element.shadowRoot) read(element.shadowRoot);
        if (typeof element.value === "string") texts.push(element.value);
      }
    };
    read(document.documentElement);
    // A frame of another site may have no storage.
    for (const name of ["localStorage", "sessionStorage"]) try { texts.push(JSON.stringify({ ...window[name] })); } catch {}
    return texts.join("\\n");
  })()`);

interface HeapSnapshot {
  strings: string[];
}

/**
 * Every string that the scripts of a page keep in memory, after a garbage collection.
 * @param target a frame must be of another site than its page, because documents of one site share a process
 */
export async function heapStrings(page: Page, target: Page | Frame = page): Promise<string[]> {
  const session = await page.context().newCDPSession(target);
  const chunks: string[] = [];
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => chunks.push(chunk));
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await session.detach();
  return (JSON.parse(chunks.join("")) as HeapSnapshot).strings;
}

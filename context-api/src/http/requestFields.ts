import type { IncomingMessage } from "node:http";

/** The header fields that decide how a request is answered from memory, by their lower-case names. */
const names = [
  "accept-encoding",
  "authorization",
  "content-length",
  "expect",
  "host",
  "if-none-match",
  "origin",
  "traceparent",
  "transfer-encoding",
  "upgrade",
  "x-request-id",
  "x-sidelight-assertion",
  "x-sidelight-panel",
] as const;

export type RequestFields = Partial<Record<(typeof names)[number], string>>;

const isRead: ReadonlySet<string> = new Set(names);

/**
 * Reads these fields only: `request.headers` reads all, and takes several times as long.
 * @returns null when one of them is repeated: what that means differs from field to field
 */
export function readFields({ rawHeaders }: Pick<IncomingMessage, "rawHeaders">): RequestFields | null {
  const fields: Record<string, string> = {};
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] ?? "").toLowerCase();
    if (!isRead.has(name)) continue;
    if (fields[name] !== undefined) return null;
    fields[name] = rawHeaders[i + 1] ?? "";
  }
  return fields;
}

import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import type { PassedOver } from "@sidelight/platform-kit/passedOver.ts";
import { z } from "zod";
import { isIdentifying } from "./ids.ts";

const platform = "mixpanel";
/** Mixpanel refuses events above 1 MB. The export adds some members of its own. */
const maxLineBytes = 2 * 1024 * 1024;
const lineFeed = 0x0a;

/** A distinct id as text. A number beyond the safe integers has lost digits, so it names another user. */
export const WireDistinctId = z
  .union([z.string(), z.number().refine(Number.isSafeInteger)])
  .transform(String)
  .refine(isIdentifying);

/** Epoch seconds or milliseconds. Some clients send them as text, or a time in words, which is UTC without a zone. */
const WireTime = z.union([z.number(), z.string().transform(timeOf)]).refine((time) => Number.isFinite(time) && time > 0);

function timeOf(text: string): number {
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) return Number(text);
  return Date.parse(/^\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(text) ? `${text}Z` : text);
}

const ExportedEvent = z.looseObject({
  event: z.string().min(1),
  properties: z.looseObject({ distinct_id: WireDistinctId, time: WireTime }),
});
/** `time` is in seconds or milliseconds. */
export type ExportedEvent = z.infer<typeof ExportedEvent>;

/**
 * The events of a raw export, one JSON object a line. An odd line is passed over and counted. An export that ends inside a line, or
 * that says so, is incomplete.
 * @throws {PlatformError} `unavailable` for an incomplete export: it must not count as complete
 */
export async function* readExport(body: AsyncIterable<Uint8Array>, passedOver: PassedOver): AsyncIterable<ExportedEvent> {
  for await (const line of linesOf(body)) {
    if (line.bytes === null) {
      if (!line.isTerminated) throw endedEarly();
      passedOver.add("line too large");
      continue;
    }
    const event = readEvent(line.bytes, line.isTerminated, passedOver);
    if (event) yield event;
  }
}

function readEvent(bytes: Buffer, isTerminated: boolean, passedOver: PassedOver): ExportedEvent | null {
  const text = bytes
    .toString("utf8")
    .replace(/^\uFEFF/, "")
    .trim();
  if (text === "") return null;
  const json = parseJson(text);
  if (json === undefined) {
    // Mixpanel writes "export terminated early" when it gives up after the status was sent. A proxy may write a page.
    if (!isTerminated || /terminated early/i.test(text) || isPageStart(text)) throw endedEarly();
    passedOver.add("not JSON");
    return null;
  }
  const parsed = ExportedEvent.safeParse(json);
  if (!parsed.success) {
    const member = parsed.error.issues[0]?.path.at(-1);
    passedOver.add(typeof member === "string" ? `invalid ${member}` : "not an object");
    return null;
  }
  // Bytes that are not UTF-8 became replacement characters. They matter only where they would name another user.
  if (parsed.data.properties.distinct_id.includes("\uFFFD")) {
    passedOver.add("invalid distinct_id");
    return null;
  }
  return parsed.data;
}

const isPageStart = (text: string): boolean => /^<(!doctype|html|\?xml)\b/i.test(text);

const endedEarly = () => new PlatformError("unavailable", platform, "Mixpanel's export ended early.");

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A line without its line feed. `bytes` is null for a line that is too large to keep. */
interface Line {
  bytes: Buffer | null;
  isTerminated: boolean;
}

async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<Line> {
  let parts: Uint8Array[] = [];
  let size = 0;
  const add = (part: Uint8Array) => {
    size += part.byteLength;
    if (size > maxLineBytes) parts = [];
    else parts.push(part);
  };
  const take = (isTerminated: boolean): Line => {
    const line = { bytes: size > maxLineBytes ? null : Buffer.concat(parts), isTerminated };
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of body) {
    let start = 0;
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, start)) {
      add(chunk.subarray(start, end));
      yield take(true);
      start = end + 1;
    }
    add(chunk.subarray(start));
  }
  if (size > 0) yield take(false);
}

import { yieldToEventLoop } from "../resilience/yieldToEventLoop.ts";
import type { Page } from "../services/page.ts";

const start = Buffer.from('{"items":[');
const comma = Buffer.from(",");
const end = Buffer.from("]}");

/** A list as a response. It is written item by item, so that a large page does not block other requests. */
export async function pageResponse({ items, nextCursor }: Page<unknown>, headers: Record<string, string>): Promise<Response> {
  const parts: Buffer[] = [];
  for (const item of items) {
    await yieldToEventLoop();
    parts.push(Buffer.from(JSON.stringify(item)));
  }
  return listResponse(parts, headers, Buffer.from(`],"nextCursor":${JSON.stringify(nextCursor)}}`));
}

/** A response with `items`, each of them JSON. */
export function listResponse(items: readonly Uint8Array[], headers: Record<string, string>, lastPart: Buffer = end): Response {
  const content = Buffer.concat([start, ...items.flatMap((item, i) => (i === 0 ? [item] : [comma, item])), lastPart]);
  return new Response(content as Uint8Array<ArrayBuffer>, { headers: { "content-type": "application/json", ...headers } });
}

import { createHash } from "node:crypto";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { type Pointer, pickFields } from "./fields.ts";

/** A context as it is sent: JSON and a strong ETag over it. @param fields members to include; everything when null */
export function encodeAnswer(context: Context, fields: readonly Pointer[] | null): { body: Buffer; etag: string } {
  const body = Buffer.from(JSON.stringify(fields ? pickFields(context, fields) : context));
  return { body, etag: etagOf(body) };
}

/** A strong ETag over the bytes of a body (RFC 9110, section 8.8.3). */
export const etagOf = (body: Buffer): string => `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;

import { createHash } from "node:crypto";
import type { Context } from "@sidelight/contracts/context/context.ts";
import { type Pointer, pickFields } from "./fields.ts";

/** A context as it is sent: JSON and a strong ETag over it. @param fields members to include; everything when null */
export function encodeAnswer(context: Context, fields: readonly Pointer[] | null): { body: Buffer; etag: string } {
  const body = Buffer.from(JSON.stringify(fields ? pickFields(context, fields) : context));
  const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
  return { body, etag };
}

import type { Context } from "hono";
import { type Coding, codedBody, codingFor } from "../../cache/codedBodies.ts";
import type { ContextAnswer } from "../../context/contexts.ts";
import { preferredCoding } from "../acceptEncoding.ts";
import { answerHeaders } from "../answerHeaders.ts";
import type { Env } from "../env.ts";

/** The parts of an answer that its headers follow from. */
type Validated = Pick<ContextAnswer, "etag" | "tier">;

/** A context as a response: its bytes in the coding that the caller prefers, validated by their ETag (RFC 9110, section 13.1.2). */
export async function contextResponse(
  c: Context<Env>,
  answer: ContextAnswer,
  ifNoneMatch: string | undefined,
): Promise<Response> {
  const coding = codingFor(answer.body, preferredCoding(c.req.header("accept-encoding")));
  if (ifNoneMatch !== undefined && isMatch(ifNoneMatch, answer.etag))
    return new Response(null, { status: 304, headers: { ...answerHeaders(c), ...validatorHeaders(answer, coding) } });
  const body = await codedBody(answer.body, coding);
  const headers = { ...answerHeaders(c), ...validatorHeaders(answer, coding), ...contentHeaders(coding) };
  return new Response(body as Uint8Array<ArrayBuffer>, { status: 200, headers });
}

/** Headers of a 200 and of a 304. */
export const validatorHeaders = ({ etag, tier }: Validated, coding: Coding): Record<string, string> => ({
  etag: etagIn(etag, coding),
  "cache-control": "private, no-cache",
  vary: "authorization, accept-encoding",
  "x-sidelight-tier": tier,
});

/** Headers of a 200 beside its length. */
export const contentHeaders = (coding: Coding): Record<string, string> => ({
  "content-type": "application/json",
  ...(coding === "identity" ? {} : { "content-encoding": coding }),
});

const codings: readonly Coding[] = ["identity", "gzip", "br"];

/** A strong ETag differs between the codings of one body (RFC 9110, section 8.8.3.3). */
const etagIn = (etag: string, coding: Coding): string => (coding === "identity" ? etag : `${etag.slice(0, -1)}-${coding}"`);

/** If-None-Match compares weakly: `W/` is ignored, `*` matches everything. What is valid in one coding is valid in all. */
export function isMatch(header: string, etag: string): boolean {
  if (header === "*") return true;
  const etags = codings.map((coding) => etagIn(etag, coding));
  return header.split(",").some((tag) => etags.includes(tag.trim().replace(/^W\//, "")));
}

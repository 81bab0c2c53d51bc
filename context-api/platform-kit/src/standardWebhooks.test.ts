import { readFileSync } from "node:fs";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { isSigned, sign } from "./standardWebhooks.ts";

const file = new URL("../../../test/specs/standards/standard-webhooks.vectors.json", import.meta.url);
const Vectors = z.object({
  vectors: z.array(
    z.object({
      secret: z.string(),
      "webhook-id": z.string(),
      "webhook-timestamp": z.string(),
      "webhook-signature": z.string(),
      body: z.string(),
      valid: z.boolean(),
      note: z.string().default("unchanged"),
    }),
  ),
  tolerance_seconds: z.number(),
});
const { vectors, tolerance_seconds } = Vectors.parse(JSON.parse(readFileSync(file, "utf8")));
const [first] = vectors;
const headers = {
  id: first!["webhook-id"],
  timestamp: first!["webhook-timestamp"],
  signature: first!["webhook-signature"],
};
const body = Buffer.from(first!.body);
const now = Number(headers.timestamp) * 1000;

describe("the published vectors", () => {
  it.each(vectors.map((vector) => [vector.note, vector] as const))("%s", (_, vector) => {
    const signingHeaders = {
      id: vector["webhook-id"],
      timestamp: vector["webhook-timestamp"],
      signature: vector["webhook-signature"],
    };
    expect(isSigned(vector.secret, signingHeaders, Buffer.from(vector.body), now)).toBe(vector.valid);
    if (vector.valid) expect(signingHeaders.signature).toContain(sign(vector.secret, signingHeaders, vector.body));
  });

  it("have the tolerance of five minutes", () => {
    expect(tolerance_seconds).toBe(300);
    const isValidAfter = (seconds: number) => isSigned(first!.secret, headers, body, now + seconds * 1000);
    expect([isValidAfter(-301), isValidAfter(-300), isValidAfter(300), isValidAfter(301)]).toEqual([false, true, true, false]);
  });
});

describe("a signature", () => {
  const isValid = (change: Partial<typeof headers>, secret = first!.secret, bytes = body) =>
    isSigned(secret, { ...headers, ...change }, bytes, now);

  it("is valid for its id, timestamp and body only", () => {
    expect(isValid({})).toBe(true);
    expect(isValid({ id: `${headers.id}x` })).toBe(false);
    expect(isValid({ timestamp: String(Number(headers.timestamp) + 1) })).toBe(false);
    expect(isValid({}, first!.secret, Buffer.concat([body, Buffer.from(" ")]))).toBe(false);
  });

  it.each<[string, Partial<typeof headers>]>([
    ["without an id", { id: "" }],
    ["with an id that contains a full stop", { id: "msg.1" }],
    ["with an id that is too long", { id: "m".repeat(257) }],
    ["with milliseconds", { timestamp: `${headers.timestamp}000` }],
    ["with a timestamp in RFC 3339", { timestamp: "2021-02-25T15:02:10Z" }],
    ["with a fraction", { timestamp: `${headers.timestamp}.0` }],
    ["without a timestamp", { timestamp: "" }],
    ["without a signature", { signature: "" }],
    ["without a version", { signature: headers.signature.slice(3) }],
    ["of another scheme", { signature: headers.signature.replace("v1,", "v1a,") }],
    ["cut short", { signature: headers.signature.slice(0, 30) }],
    ["that is not base64", { signature: `v1,${"!".repeat(44)}` }],
    ["in hexadecimal", { signature: `v1,${Buffer.from(headers.signature.slice(3), "base64").toString("hex")}` }],
    ["separated by commas", { signature: `v1,${"A".repeat(43)}=,${headers.signature}` }],
    ["after too many signatures", { signature: [...Array(10).fill(`v1,${"A".repeat(43)}=`), headers.signature].join(" ") }],
  ])("%s is refused", (_, change) => {
    expect(isValid(change)).toBe(false);
  });

  it.each(["", "whsec_", "whsec_short", "whsec_AAAA", "whsec_!!!!", "not base64 at all"])(
    "is invalid for the secret %j",
    (secret) => {
      expect(isValid({}, secret)).toBe(false);
      expect(() => sign(secret, headers, body)).toThrow(RangeError);
    },
  );

  it("is valid for any signed body, and invalid input does not throw", () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    fc.assert(
      fc.property(fc.uint8Array(), fc.stringMatching(/^[\w-]{1,40}$/), fc.string(), (bytes, id, junk) => {
        const signature = sign(secret, { id, timestamp: headers.timestamp }, Buffer.from(bytes));
        expect(
          isSigned(secret, { ...headers, id, signature: `${junk.replaceAll(" ", "")} ${signature}` }, Buffer.from(bytes), now),
        ).toBe(true);
        expect(isSigned(secret, { id: junk, timestamp: junk, signature: junk }, Buffer.from(bytes), now)).toBe(false);
        expect(isSigned(junk, { ...headers, id, signature }, Buffer.from(bytes), now)).toBe(false);
      }),
    );
  });

  it("equals the signature of the reference implementation", () => {
    const key = fc.uint8Array({ minLength: 24, maxLength: 64 }).map((bytes) => `whsec_${Buffer.from(bytes).toString("base64")}`);
    fc.assert(
      fc.property(
        key,
        fc.stringMatching(/^[\w-]{1,40}$/),
        fc.integer({ min: 0, max: 1e11 }),
        fc.string(),
        (secret, id, seconds, text) => {
          const reference = new Webhook(secret).sign(id, new Date(seconds * 1000), text.toWellFormed());
          expect(sign(secret, { id, timestamp: String(seconds) }, text.toWellFormed())).toBe(reference);
        },
      ),
    );
  });
});

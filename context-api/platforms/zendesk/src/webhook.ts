import { createHash } from "node:crypto";
import { currentSecrets, SigningSecrets, toleranceMs } from "@sidelight/platform-kit/signingSecrets.ts";
import { type Delivery, type Inlet, jsonAnswer } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { readEvent, WireEvent } from "./events.ts";
import { isSignedWith } from "./signature.ts";
import { readTrigger } from "./triggers.ts";

const Options = z.strictObject({
  ...SigningSecrets,
  /** Zendesk's id of the user behind our OAuth client: what that one does comes back to us as an echo. */
  ownUserId: z.string().regex(/^\d+$/).optional(),
  /** Refuses what was sent by another account, should an address leak. */
  accountId: z.string().regex(/^\d+$/).optional(),
});
export type WebhookOptions = z.infer<typeof Options>;

const header = (delivery: Delivery, name: string): string => delivery.headers[`x-zendesk-webhook-${name}`] ?? "";

/** Event subscriptions and triggers: both signed, and told apart by their body. */
export const events: Inlet<WebhookOptions> = {
  options: Options,
  // Zendesk's own limit on a payload is 256 KB.
  mostBytes: 512 * 1024,

  async authenticate(delivery, options, tools) {
    const [signature, timestamp] = [header(delivery, "signature"), header(delivery, "signature-timestamp")];
    const signedAt = instant(timestamp);
    if (signedAt === null || Math.abs(tools.now() - signedAt) > toleranceMs) return false;
    const secrets = await currentSecrets(options, tools);
    // Every secret is tried, so that time tells nothing of which one fits.
    return secrets.map((secret) => isSignedWith(secret, timestamp, delivery.body, signature)).includes(true);
  },

  async read(delivery, options, tools) {
    const body = parsed(delivery.body);
    if (body === undefined) return [{ kind: "unusable", reason: "unreadable", detail: "the body is no JSON" }];
    const event = WireEvent.safeParse(body);
    if (event.success) return [await readEvent(event.data, options, tools)];
    if (isEventLike(body)) {
      const [issue] = event.error.issues;
      return [
        { kind: "unusable", reason: "unreadable", detail: `an event of unknown form at ${issue?.path.join(".") || "its root"}` },
      ];
    }
    // Neither has a trigger an id of its own, nor is Zendesk's invocation id signed: the same bytes of the same moment are the same.
    const signed = createHash("sha256").update(header(delivery, "signature-timestamp")).update(delivery.body).digest("base64url");
    return [readTrigger(body, signed, delivery.receivedAt, tools)];
  },

  acknowledge: (_, result) => jsonAnswer(200, result),
};

function isEventLike(body: unknown): boolean {
  return typeof body === "object" && body !== null && "zendesk_event_version" in body;
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

// RFC 3339 alone: Date.parse would take much else.
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function instant(text: string): number | null {
  const at = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(at) ? at : null;
}

import { createHash } from "node:crypto";
import { currentSecrets, toleranceMs } from "@sidelight/platform-kit/signingSecrets.ts";
import { jsonResponse, type WebhookRequest, type WebhookSource } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { readEvent, WireEvent } from "./events.ts";
import { isSignedWith } from "./signature.ts";
import { readTrigger } from "./triggers.ts";
import { WebhookOptions } from "./webhookOptions.ts";

const header = (request: WebhookRequest, name: string): string => request.headers[`x-zendesk-webhook-${name}`] ?? "";

/** Event subscriptions and triggers. Both are signed; their body shows which one it is. */
export const events: WebhookSource<WebhookOptions> = {
  options: WebhookOptions,
  body: {
    mediaType: "application/json",
    description: "A Zendesk event, or the body of a trigger with the id of its ticket. Signed: x-zendesk-webhook-signature.",
    schema: z.union([WireEvent, z.looseObject({ ticket_id: z.string() })]),
  },
  // Zendesk's own limit on a payload is 256 KB.
  maxBytes: 512 * 1024,

  async verify(request, options, tools) {
    const [signature, timestamp] = [header(request, "signature"), header(request, "signature-timestamp")];
    const signedAt = instant(timestamp);
    if (signedAt === null || Math.abs(tools.now() - signedAt) > toleranceMs) return false;
    const secrets = await currentSecrets(options, tools);
    // All secrets are tried, so that the duration does not reveal which one matches.
    return secrets.map((secret) => isSignedWith(secret, timestamp, request.body, signature)).includes(true);
  },

  async parse(request, options, tools) {
    const body = parseJson(request.body);
    if (body === undefined) return [{ kind: "unusable", reason: "unreadable", detail: "the body is not JSON" }];
    const event = WireEvent.safeParse(body);
    if (event.success) return [await readEvent(event.data, options, tools)];
    if (isEventLike(body)) {
      const [issue] = event.error.issues;
      return [
        { kind: "unusable", reason: "unreadable", detail: `unexpected event format at ${issue?.path.join(".") || "its root"}` },
      ];
    }
    // A trigger has no id and Zendesk's invocation id is not signed, so the signed timestamp and body identify it.
    const sourceId = createHash("sha256").update(header(request, "signature-timestamp")).update(request.body).digest("base64url");
    const invocationId = header(request, "invocation-id") || null;
    return [readTrigger(body, { sourceId, invocationId, receivedAt: request.receivedAt }, tools)];
  },

  acknowledge: (_, result) => jsonResponse(200, result),
};

function isEventLike(body: unknown): boolean {
  return typeof body === "object" && body !== null && "zendesk_event_version" in body;
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

// RFC 3339 only: Date.parse accepts other formats.
const rfc3339 = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

function instant(text: string): number | null {
  const ms = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isFinite(ms) ? ms : null;
}

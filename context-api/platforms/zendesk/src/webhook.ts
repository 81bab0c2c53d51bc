import { createHash } from "node:crypto";
import { readInstant } from "@sidelight/model/instant.ts";
import { readJson } from "@sidelight/platform-kit/json.ts";
import { toleranceMs, verifyWithSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { jsonResponse, type WebhookRequest, type WebhookSource } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { readEvent, WireEvent } from "./events.ts";
import { isSignedWith, signatureOf } from "./signature.ts";
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
    if (signature === "") return "signature_missing";
    const signedAt = instant(timestamp);
    if (signedAt === null) return "timestamp_invalid";
    if (Math.abs(tools.now() - signedAt) > toleranceMs) return "timestamp_outside_tolerance";
    return await verifyWithSecrets(options, tools, (secret) => isSignedWith(secret, timestamp, request.body, signature));
  },

  async testRequest({ secret }, tools) {
    const body = "{}";
    const timestamp = new Date(tools.now()).toISOString();
    const signature = signatureOf(await tools.secret(secret), timestamp, Buffer.from(body)).toString("base64");
    return {
      headers: {
        "content-type": "application/json",
        "x-zendesk-webhook-signature": signature,
        "x-zendesk-webhook-signature-timestamp": timestamp,
      },
      body,
    };
  },

  async parse(request, options, tools) {
    const json = readJson(request.body);
    if ("problem" in json) return [{ kind: "unusable", reason: "unreadable", detail: `the body ${json.problem}` }];
    const body = json.value;
    const event = WireEvent.safeParse(body);
    if (event.success) return [await readEvent(event.data, options, tools)];
    if (isEventLike(body)) {
      const [issue] = event.error.issues;
      return [
        { kind: "unusable", reason: "unreadable", detail: `unexpected event format at ${issue?.path.join(".") || "its root"}` },
      ];
    }
    // A trigger has no id and Zendesk's invocation id is not signed, so the signed timestamp and body identify it.
    const timestamp = header(request, "signature-timestamp");
    const sourceId = createHash("sha256").update(timestamp).update(request.body).digest("base64url");
    const invocationId = header(request, "invocation-id") || null;
    return [readTrigger(body, { sourceId, invocationId, sentAt: instant(timestamp) ?? request.receivedAt }, tools)];
  },

  acknowledge: (_, result) => jsonResponse(200, result),
};

function isEventLike(body: unknown): boolean {
  return typeof body === "object" && body !== null && "zendesk_event_version" in body;
}

function instant(text: string): number | null {
  const ms = readInstant(text);
  return Number.isFinite(ms) ? ms : null;
}

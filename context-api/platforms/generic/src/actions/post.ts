import type { Action, Effect } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { failure } from "@sidelight/platform-kit/outcome.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { sign } from "@sidelight/platform-kit/standardWebhooks.ts";
import { z } from "zod";
import { type Sender, secretNamed } from "./send.ts";

const Input = z.strictObject({
  /** `sidelight.deal.won` */
  type: z.string().min(1).max(255),
  /** A URI reference: the event's source. Default: the tenant. */
  source: z.string().min(1).max(1_000).optional(),
  /** Ref of the object. */
  subject: z.string().min(1).max(1_000).optional(),
  data: z.json(),
});
type Input = z.infer<typeof Input>;

const concurrency = 10;

/**
 * POSTs an event to the company's endpoint: CloudEvents 1.0 as structured JSON, signed by Standard Webhooks. Both ids are the
 * effect's, the same for every attempt. The receiver must deduplicate by them, because a response may be lost.
 */
export const post = (sender: Sender, url: string, secret: string, tools: ConnectionTools): Action<Input> => ({
  summary: "Posts a signed CloudEvent to your own endpoint",
  input: Input,
  batch: 100,
  sameAs: () => null,
  perform: (effects, call) =>
    performEach(
      effects,
      async (effect) => {
        const body = JSON.stringify(cloudEvent(effect, tools.tenant));
        const id = effect.id;
        const timestamp = String(Math.floor(tools.now() / 1000));
        const signature = trySign(await secretNamed(tools, secret), { id, timestamp }, body);
        if (signature === null) {
          return failure("misconfigured", "The signing secret must be whsec_ and base64 of at least 24 bytes.");
        }
        const signatureHeaders = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
        const headers = { "content-type": "application/cloudevents+json; charset=UTF-8", ...signatureHeaders };
        return await sender.send({ url, route: "{url}", quota: "post", headers, body }, call);
      },
      concurrency,
    ),
});

const cloudEvent = ({ id, at, input: { type, source, subject, data } }: Effect<Input>, tenant: string) => ({
  specversion: "1.0",
  id,
  source: source ?? `/tenants/${encodeURIComponent(tenant)}`,
  type,
  ...(subject === undefined ? {} : { subject }),
  time: new Date(at).toISOString(),
  datacontenttype: "application/json",
  data,
});

function trySign(secret: string, signing: { id: string; timestamp: string }, body: string): string | null {
  try {
    return sign(secret, signing, body);
  } catch {
    return null;
  }
}

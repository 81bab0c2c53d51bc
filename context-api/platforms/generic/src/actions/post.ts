import type { Action, Effect } from "@sidelight/platform-kit/action.ts";
import { performEach } from "@sidelight/platform-kit/batch.ts";
import { failed } from "@sidelight/platform-kit/outcome.ts";
import type { ConnectionTools } from "@sidelight/platform-kit/platform.ts";
import { sign } from "@sidelight/platform-kit/standardWebhooks.ts";
import { z } from "zod";
import { type Sender, secretNamed } from "./send.ts";

const Input = z.strictObject({
  /** `sidelight.deal.won` */
  type: z.string().min(1).max(255),
  /** A URI reference: where it happened. The tenant where it is left out. */
  source: z.string().min(1).max(1_000).optional(),
  /** What it is about: a ref. */
  subject: z.string().min(1).max(1_000).optional(),
  data: z.json(),
});
type Input = z.infer<typeof Input>;

/** As many as wait for their answers at the same time. */
const atOnce = 10;

/**
 * POSTs an event to a company's own endpoint: CloudEvents 1.0 as structured JSON, signed as Standard Webhooks has it. Both ids are
 * the effect's, the same for every attempt: the receiver can tell a repetition by them, and must, for an answer may be lost.
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
        const signature = signed(await secretNamed(tools, secret), { id, timestamp }, body);
        if (signature === null)
          return failed("misconfigured", "The signing secret is not whsec_ and base64 of 24 bytes or more.");
        const signing = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature };
        const headers = { "content-type": "application/cloudevents+json; charset=UTF-8", ...signing };
        return await sender.send({ url, route: "{url}", pool: "post", headers, body }, call);
      },
      atOnce,
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

function signed(secret: string, signing: { id: string; timestamp: string }, body: string): string | null {
  try {
    return sign(secret, signing, body);
  } catch {
    return null;
  }
}

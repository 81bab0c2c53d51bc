import { currentSecrets, SigningSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { isSigned } from "@sidelight/platform-kit/standardWebhooks.ts";
import { type Delivery, type Inlet, jsonAnswer, type Message } from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { changeEvent } from "./changeEvent.ts";

const Options = z.strictObject(SigningSecrets);

/** `closed_won` */
const word = z
  .string()
  .max(40)
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);

const Body = z.looseObject({ events: z.array(z.unknown()).min(1).max(200) });

const Change = z.looseObject({
  object: z.string().regex(/^[A-Za-z]\w{0,79}$/),
  id: z.string(),
  what: word,
  at: z.iso.datetime({ offset: true }),
  /** What the org calls it, beside what it is: whoever made the flow chose it. */
  name: word.optional(),
});

/** What our class SidelightNotify sends for flows and triggers: signed as Standard Webhooks has it. */
export const callouts: Inlet<z.infer<typeof Options>> = {
  options: Options,
  mostBytes: 256 * 1024,

  async authenticate(delivery, options, tools) {
    const secrets = await currentSecrets(options, tools);
    const headers = { id: idOf(delivery), timestamp: header(delivery, "timestamp"), signature: header(delivery, "signature") };
    // Every secret is tried, so that time tells nothing of which one fits.
    return secrets.map((secret) => isSigned(secret, headers, delivery.body, tools.now())).includes(true);
  },

  async read(delivery, _, tools) {
    const body = Body.safeParse(parsed(delivery.body));
    if (!body.success) return [unreadable(`the body is no list of 1 to 200 events`)];
    return body.data.events.map((given, index) => {
      const change = Change.safeParse(given);
      if (!change.success)
        return unreadable(`an event of unknown form at ${change.error.issues[0]?.path.join(".") || "its root"}`);
      const { at, name, ...rest } = change.data;
      const sourceId = `callout:${idOf(delivery)}:${index}`;
      const data = name === undefined ? {} : { name };
      return changeEvent({ ...rest, timestamp: Date.parse(at), sourceId, data, isEcho: false }, tools.connection);
    });
  },

  acknowledge: (_, result) => jsonAnswer(202, result),
};

const header = (delivery: Delivery, name: string): string => delivery.headers[`webhook-${name}`] ?? "";

/** Part of what is signed, so that no sender gets the same events counted twice under another one. */
const idOf = (delivery: Delivery): string => header(delivery, "id");

const unreadable = (detail: string): Message => ({ kind: "unusable", reason: "unreadable", detail });

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

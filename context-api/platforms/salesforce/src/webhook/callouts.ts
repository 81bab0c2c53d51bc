import { readJson } from "@sidelight/platform-kit/json.ts";
import { signingSecrets } from "@sidelight/platform-kit/signingSecrets.ts";
import { standardSecret, standardTestRequest, verifyStandardWebhook } from "@sidelight/platform-kit/standardWebhooks.ts";
import {
  jsonResponse,
  type Message,
  readEach,
  type WebhookRequest,
  type WebhookSource,
} from "@sidelight/platform-kit/webhook.ts";
import { z } from "zod";
import { changeEvent } from "./changeEvent.ts";

const Options = z.strictObject(signingSecrets(standardSecret));

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
  /** Name that the author of the flow gave the event. */
  name: word.optional(),
});

/** Events that our Apex class SidelightNotify sends for flows and triggers, signed by Standard Webhooks. */
export const callouts: WebhookSource<z.infer<typeof Options>> = {
  options: Options,
  body: {
    mediaType: "application/json",
    description:
      "Events of the Apex class SidelightNotify. Signed by Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature.",
    schema: z.object({ events: z.array(Change).min(1).max(200) }),
  },
  maxBytes: 256 * 1024,

  verify: verifyStandardWebhook,
  testRequest: standardTestRequest,

  async parse(request, _, tools) {
    const json = readJson(request.body);
    if ("problem" in json) return [unreadable(`the body ${json.problem}`)];
    const body = Body.safeParse(json.value);
    if (!body.success) return [unreadable("the body is not a list of 1 to 200 events")];
    return readEach(body.data.events, (input, index) => {
      const change = Change.safeParse(input);
      if (!change.success)
        return unreadable(`unexpected event format at ${change.error.issues[0]?.path.join(".") || "its root"}`);
      const { at, name, ...values } = change.data;
      const sourceId = `callout:${idOf(request)}:${index}`;
      const data = name === undefined ? {} : { name };
      return changeEvent(
        { ...values, timestamp: Date.parse(at), sourceId, sourceEventId: idOf(request), data, isEcho: false },
        tools.connection,
      );
    });
  },

  acknowledge: (_, result) => jsonResponse(202, result),
};

const header = (request: WebhookRequest, name: string): string => request.headers[`webhook-${name}`] ?? "";

/** The id is covered by the signature, so that a replay under another id fails. */
const idOf = (request: WebhookRequest): string => header(request, "id");

const unreadable = (detail: string): Message => ({ kind: "unusable", reason: "unreadable", detail });

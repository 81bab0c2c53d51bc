import { secretName } from "@sidelight/platform-kit/settings.ts";
import { standardSecret } from "@sidelight/platform-kit/standardWebhooks.ts";
import { z } from "zod";

/** Settings for deliveries to the company's own services. Incoming events are configured in the connection's webhooks. */
export const GenericOptions = z
  .strictObject({
    /** Endpoint of the action `post`: https, and not in a private network. */
    url: z.url().optional(),
    /** Signs posted events as specified by Standard Webhooks. */
    secret: secretName(standardSecret).optional(),
    /** Slack webhook of the action `slack-message`. The whole URL is the secret. */
    slackUrl: secretName({
      description: "the URL of an incoming webhook",
      problem: (value) => (URL.canParse(value.trim()) ? null : "is not a URL"),
    }).optional(),
    requestsPerMinute: z.number().int().positive().default(600),
    /** For tests on one machine. */
    allowInsecure: z.boolean().default(false).describe("allow http"),
    allowPrivate: z.boolean().default(false).describe("allow addresses of private networks"),
  })
  .superRefine(({ url, secret, allowInsecure }, context) => {
    const addIssue = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (url === undefined) return;
    if (secret === undefined) addIssue("secret", "posted events are signed: name a secret");
    const { protocol, username, password } = new URL(url);
    if (protocol !== "https:" && !(allowInsecure && protocol === "http:")) addIssue("url", "must be https");
    if (username !== "" || password !== "") addIssue("url", "must not contain credentials");
  });
export type GenericOptions = z.infer<typeof GenericOptions>;

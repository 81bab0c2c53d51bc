import { CardKey } from "@sidelight/contracts/cards/card.ts";
import { secretName } from "@sidelight/platform-kit/settings.ts";
import { standardSecret } from "@sidelight/platform-kit/standardWebhooks.ts";
import { z } from "zod";

const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, "not a language tag of BCP 47, as in de");

/** Cards that a service of the company fills, as sections of the panels. */
export const CardOptions = z.strictObject({
  url: z.url().describe("https, and not in a private network"),
  secret: secretName(standardSecret),
  timeoutSeconds: z.number().positive().max(5).default(2),
  list: z
    .array(
      z.strictObject({
        key: CardKey,
        title: z
          .record(language, z.string().min(1).max(60))
          .refine((titles) => "en" in titles, "has no title in English (en)")
          .describe("Title by language; the panel shows it also when the service fails"),
      }),
    )
    .min(1)
    .max(20)
    .refine((list) => new Set(list.map(({ key }) => key)).size === list.length, "two cards have the same key"),
});
export type CardOptions = z.infer<typeof CardOptions>;

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
    cards: CardOptions.optional().describe("Sections of the panels that a service of the company fills"),
    /** For tests on one machine. */
    allowInsecure: z.boolean().default(false).describe("allow http"),
    allowPrivate: z.boolean().default(false).describe("allow addresses of private networks"),
  })
  .superRefine(({ url, secret, cards, allowInsecure }, context) => {
    const addIssue = (path: string[], message: string) => context.addIssue({ code: "custom", path, message });
    if (url !== undefined && secret === undefined) addIssue(["secret"], "posted events are signed: name a secret");
    if (url !== undefined) checkUrl(url, ["url"]);
    if (cards) checkUrl(cards.url, ["cards", "url"]);

    function checkUrl(text: string, path: string[]): void {
      const { protocol, username, password } = new URL(text);
      if (protocol !== "https:" && !(allowInsecure && protocol === "http:")) addIssue(path, "must be https");
      if (username !== "" || password !== "") addIssue(path, "must not contain credentials");
    }
  });
export type GenericOptions = z.infer<typeof GenericOptions>;

import { z } from "zod";
import { Instant, Money, Ref } from "../context/primitives.ts";

// Cards come from a service of the tenant: orders, invoices, marketing engagement. Its answer is data in a fixed set of components. It
// contains no HTML, and every text of it is shown as text.

const Text = z.string().max(500);
const ShortText = z.string().max(80);
const Tone = z.enum(["neutral", "success", "warning", "danger"]).describe("Shown as a color and in the text's own words");

/** What a card consists of. */
export const CardComponent = z
  .discriminatedUnion("type", [
    z.strictObject({ type: z.literal("text"), text: Text.describe("A paragraph") }),
    z.strictObject({
      type: z.literal("row").describe("A label with one value"),
      label: ShortText.describe("What the value is"),
      value: z
        .union([
          z.strictObject({ text: Text.describe("Any text") }),
          z.strictObject({ number: z.number().describe("Shown in the reader's language") }),
          z.strictObject({ money: Money.describe("Shown in its own currency") }),
          z.strictObject({ at: Instant.describe("Shown in the reader's time zone") }),
        ])
        .describe("A text, a number, an amount or an instant"),
    }),
    z.strictObject({ type: z.literal("badge"), text: ShortText.describe("One or two words"), tone: Tone.default("neutral") }),
    z.strictObject({
      type: z.literal("link"),
      text: ShortText.describe("Text of the link"),
      url: z
        .url({ protocol: /^https$/ })
        .max(2_000)
        .describe("https only"),
    }),
    z.strictObject({ type: z.literal("divider").describe("A line between two parts") }),
  ])
  .describe("One component");
export type CardComponent = z.infer<typeof CardComponent>;

export const CardKey = z.string().regex(/^[a-z][a-z0-9-]{0,39}$/, "lower-case letters, digits and dashes");

/** `POST /v1/cards`: asks for the cards of one customer. */
export const CardsRequest = z.strictObject({
  ref: Ref.describe("The customer"),
  keys: z.array(CardKey).max(20).optional().describe("Cards to load; all that the role may see when left out"),
  locale: z.string().max(35).optional().describe("Language of the reader, BCP 47"),
});
export type CardsRequest = z.infer<typeof CardsRequest>;

export const Card = z.object({
  key: CardKey.describe("Name of the card in the configuration"),
  title: z.string().describe("Title in the reader's language, from the configuration"),
  state: z
    .enum(["ok", "empty", "error"])
    .describe("empty: the service has nothing to show. error: it could not be asked, or its answer cannot be used"),
  components: z.array(CardComponent).describe("What to show, in order"),
  loadedAt: Instant.nullable().describe("When the service answered; null for an error"),
  timeToLiveSeconds: z
    .number()
    .min(0)
    .nullable()
    .describe("How long the card may still be shown without asking again, from this answer on; null for an error"),
  problem: z
    .object({
      code: z.enum(["unavailable", "timeout", "rate_limited", "invalid_answer", "misconfigured"]).describe("Kind of the problem"),
      message: z.string().describe("What failed and what to do, without data of the customer"),
    })
    .nullable()
    .describe("Why there is nothing to show"),
});
export type Card = z.infer<typeof Card>;

export const CardList = z.object({
  items: z.array(Card).describe("In the order of the configuration"),
  nextCursor: z.null().describe("Always null: there is one page"),
});
export type CardList = z.infer<typeof CardList>;

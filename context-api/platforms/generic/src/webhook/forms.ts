import { normaliseEmail } from "@sidelight/model/refs.ts";
import { pointerOf } from "@sidelight/platform-kit/jsonPointer.ts";
import { z } from "zod";
import { eventId } from "../ids.ts";

/** One event as its sender means it, whichever form it was sent in. */
export interface Given {
  /** The sender's name for it; a CloudEvent is named by its source as well. Null when it has none. */
  own: { source: string | null; id: string } | null;
  type: string;
  /** Epoch ms; null when it doesn't say. */
  at: number | null;
  customer: z.infer<typeof Customer>;
  title: string | null;
  interaction: z.infer<typeof Interaction> | null;
  data: Record<string, unknown>;
}

const mostData = 16 * 1024;
const longestText = 500;

const clipped = z.string().transform((text) => text.slice(0, longestText).toWellFormed());
const id = z.string().refine((text) => eventId(text) !== null);
const at = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** `billing.invoice_overdue` */
const dotted = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)*$/);

const Customer = z
  .strictObject({
    email: z
      .string()
      .transform(normaliseEmail)
      .refine((address) => address !== null)
      .nullish(),
    /** An object of a connected platform: `zendesk.user:123`. */
    ref: z.string().nullish(),
    /** As the product's own analytics know them. */
    userId: z
      .union([z.number().int(), z.string()])
      .transform(String)
      .refine((text) => eventId(text) !== null)
      .nullish(),
  })
  .refine(({ email, ref, userId }) => email != null || ref != null || userId != null);

const Interaction = z.strictObject({
  type: z.string().min(1).max(60),
  priority: z
    .string()
    .max(60)
    .nullish()
    .transform((v) => v ?? null),
  category: z
    .string()
    .max(60)
    .nullish()
    .transform((v) => v ?? null),
  description: clipped.nullish().transform((v) => v ?? null),
});

// What a service says of itself is kept as it is, but not without bounds.
const fits = (value: object): boolean => Buffer.byteLength(JSON.stringify(value)) <= mostData;

const Native = z
  .strictObject({
    id: id.nullish(),
    type: dotted,
    at,
    customer: Customer,
    title: clipped.nullish(),
    interaction: Interaction.nullish(),
    data: z.record(z.string(), z.unknown()).refine(fits).nullish(),
  })
  .transform(
    (event): Given => ({
      own: event.id == null ? null : { source: null, id: event.id },
      type: event.type,
      at: event.at,
      customer: event.customer,
      title: event.title ?? null,
      interaction: event.interaction ?? null,
      data: event.data ?? {},
    }),
  );

// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md: source and id together name an event. Other attributes may
// stand beside these, and are not taken.
const CloudEvent = z
  .looseObject({
    specversion: z.literal("1.0"),
    id,
    source: id,
    type: z
      .string()
      .max(100)
      .regex(/[a-z0-9]/i)
      .refine((text) => text.isWellFormed()),
    time: at.nullish(),
    data: z.looseObject({ customer: Customer, title: clipped.nullish(), interaction: Interaction.nullish() }).refine(fits),
  })
  .transform(({ id, source, type, time, data }): Given => {
    const { customer, title, interaction, ...rest } = data;
    return {
      own: { source, id },
      type,
      at: time ?? null,
      customer,
      title: title ?? null,
      interaction: interaction ?? null,
      data: rest,
    };
  });

/** Reads one event. `problem` is the JSON pointer of what isn't as it should be. */
export function readForm(value: unknown): { given: Given } | { problem: string } {
  const isCloudEvent = typeof value === "object" && value !== null && "specversion" in value;
  const read = (isCloudEvent ? CloudEvent : Native).safeParse(value);
  return read.success ? { given: read.data } : { problem: pointerOf(read.error) };
}

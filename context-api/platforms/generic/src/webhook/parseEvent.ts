import { canonicalEmail } from "@sidelight/model/identifiers/emailAddress.ts";
import { hasPersonalValue } from "@sidelight/model/masking.ts";
import { pointerOf } from "@sidelight/platform-kit/jsonPointer.ts";
import { z } from "zod";
import { eventId } from "../ids.ts";

/** One event, independent of the format it was sent in. */
export interface IncomingEvent {
  /** The sender's id, for a CloudEvent with its source; null when it has none. */
  name: { source: string | null; id: string } | null;
  type: string;
  /** Epoch ms; null when absent. */
  at: number | null;
  customer: z.infer<typeof Customer>;
  title: string | null;
  interaction: z.infer<typeof Interaction> | null;
  data: Record<string, unknown>;
}

const maxDataBytes = 16 * 1024;
const maxTextLength = 500;

const ClippedText = z.string().transform((text) => text.slice(0, maxTextLength).toWellFormed());
const id = z.string().refine((text) => eventId(text) !== null);
const EventTime = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** `billing.invoice_overdue` */
const EventType = z
  .string()
  .max(100)
  .regex(/^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)*$/);

const Customer = z
  .strictObject({
    email: z
      .string()
      .transform(canonicalEmail)
      .refine((address) => address !== null)
      .nullish(),
    /** An object of a connected platform: `zendesk.user:123`. */
    ref: z.string().nullish(),
    /** The user's id in product analytics. */
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
  description: ClippedText.nullish().transform((v) => v ?? null),
});

// The sender's data is stored as it is, up to a size limit.
const isWithinSizeLimit = (value: object): boolean => Buffer.byteLength(JSON.stringify(value)) <= maxDataBytes;

const Native = z
  .strictObject({
    id: id.nullish(),
    type: EventType,
    at: EventTime,
    customer: Customer,
    title: ClippedText.nullish(),
    interaction: Interaction.nullish(),
    data: z.record(z.string(), z.unknown()).refine(isWithinSizeLimit).nullish(),
  })
  .transform(
    (event): IncomingEvent => ({
      name: event.id == null ? null : { source: null, id: event.id },
      type: event.type,
      at: event.at,
      customer: event.customer,
      title: event.title ?? null,
      interaction: event.interaction ?? null,
      data: event.data ?? {},
    }),
  );

// https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md: source and id together identify an event. Other attributes
// are allowed and ignored.
const CloudEvent = z
  .looseObject({
    specversion: z.literal("1.0"),
    id,
    source: id,
    type: z
      .string()
      .max(100)
      .regex(/[a-z0-9]/i)
      // The type is a name in the log, so it must not contain a value.
      .refine((text) => text.isWellFormed() && !hasPersonalValue(text)),
    time: EventTime.nullish(),
    data: z
      .looseObject({ customer: Customer, title: ClippedText.nullish(), interaction: Interaction.nullish() })
      .refine(isWithinSizeLimit),
  })
  .transform(({ id, source, type, time, data }): IncomingEvent => {
    const { customer, title, interaction, ...eventData } = data;
    return {
      name: { source, id },
      type,
      at: time ?? null,
      customer,
      title: title ?? null,
      interaction: interaction ?? null,
      data: eventData,
    };
  });

/** Both formats of an event, for the documentation. */
export const eventFormat = z.union([Native, CloudEvent]);

/** Parses one event. `problem` is the JSON pointer of the first invalid value. */
export function parseEvent(value: unknown): { event: IncomingEvent } | { problem: string } {
  const isCloudEvent = typeof value === "object" && value !== null && "specversion" in value;
  const parsed = (isCloudEvent ? CloudEvent : Native).safeParse(value);
  return parsed.success ? { event: parsed.data } : { problem: pointerOf(parsed.error) };
}

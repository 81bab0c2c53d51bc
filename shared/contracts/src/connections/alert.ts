import { z } from "zod";
import { Instant } from "../context/primitives.ts";

/** A message about an alert to one channel. */
export const AlertNotification = z.object({
  channel: z.enum(["slack", "pagerDuty", "mail", "digest"]),
  kind: z
    .string()
    .describe(
      "opened, escalated (the alert was not acknowledged in time), acknowledged, closed, ended (it began and ended before the message was sent), digest",
    ),
  state: z
    .enum(["waiting", "sent", "expired", "skipped"])
    .describe("waiting: not sent yet, or tried again. expired: not sent within a day after the alert had ended"),
  at: Instant.describe("When it was sent or given up; when it was planned while it waits"),
  problem: z.string().nullable().describe("Why the last attempt failed"),
});
export type AlertNotification = z.infer<typeof AlertNotification>;

/** Something that an operator should know, as `GET /v1/alerts` lists it. */
export const Alert = z.object({
  id: z.string().describe("Id of the alert"),
  kind: z.string().describe("Kind of the alert, as in circuit_open. Each has a runbook"),
  severity: z.enum(["critical", "warning", "info"]).describe("critical: data is missing or wrong until this is fixed"),
  connection: z.string().describe("Id of the connection; empty for the tenant itself"),
  subject: z.string().describe("What the alert is about, for example the name of a field; empty for the connection itself"),
  message: z.string().describe("What happened and what to do"),
  cause: z.string().describe("Why it happened, in words"),
  since: Instant.describe("When the cause began. The alert may have been opened later"),
  count: z.number().int().describe("How many failures, deliveries or messages it covers"),
  nextAction: z.string().describe("What to do next"),
  runbook: z.string().describe("Path of the page about this kind of alert: what it means, how to check and to fix it"),
  group: z.string().describe("Alerts of one group have one cause: they are one message"),
  reopenings: z
    .number()
    .int()
    .describe(
      "How often the cause came back within half an hour of its end. The alert then stays open until it is gone for 15 minutes",
    ),
  openedAt: Instant.describe("When the alert was opened"),
  closedAt: Instant.nullable().describe("When the cause was gone; null while the alert is open"),
  acknowledgedAt: Instant.nullable().describe("When somebody took the alert on. It is not escalated then"),
  acknowledgedBy: z.string().nullable().describe("Id of the API key, or the ref of the person"),
  mutedUntil: Instant.nullable().describe("No message is sent until then; null when it is not muted"),
  notifications: z.array(AlertNotification).describe("Messages about the alert, newest first"),
});
export type Alert = z.infer<typeof Alert>;

export const AlertList = z.object({ items: z.array(Alert), nextCursor: z.string().nullable() });

/** How long an alert is muted: one of both. 0 minutes ends it. */
export const MuteRequest = z
  .strictObject({
    minutes: z
      .number()
      .int()
      .min(0)
      .max(30 * 1_440)
      .optional(),
    until: z.iso.datetime({ offset: true }).optional(),
  })
  .refine(({ minutes, until }) => (minutes === undefined) !== (until === undefined), "Send minutes or until.");
export type MuteRequest = z.infer<typeof MuteRequest>;

export const ChannelTestRequest = z.strictObject({ channel: z.enum(["slack", "pagerDuty", "mail", "digest"]) });
export type ChannelTestRequest = z.infer<typeof ChannelTestRequest>;

/** What a channel answered to a test message. */
export const ChannelTest = z.object({
  channel: z.enum(["slack", "pagerDuty", "mail", "digest"]),
  isDelivered: z.boolean(),
  answer: z.string().describe("What the channel answered, or why the message could not be sent"),
});
export type ChannelTest = z.infer<typeof ChannelTest>;

import { z } from "zod";
import { type AlertKind, alertKinds } from "./alertKinds.ts";

export const Severity = z.enum(["critical", "warning", "info"]);
export type Severity = z.infer<typeof Severity>;

/** Where messages about alerts are sent. `digest` is one mail a day. */
export const channelNames = ["slack", "pagerDuty", "mail", "digest"] as const;
const ChannelName = z.enum(channelNames);
export type ChannelName = z.infer<typeof ChannelName>;

const secretName = z.string().min(1).max(200);
const address = z.string().regex(/^[^\s<>"]+@[^\s<>"]+$/, "not an e-mail address, as in operations@acme.example");

const SlackChannel = z.strictObject({
  /** Name of the secret with the URL of an incoming webhook. */
  webhook: secretName,
});
export type SlackChannel = z.infer<typeof SlackChannel>;

const PagerDutyChannel = z.strictObject({
  /** Name of the secret with the integration key of Events API v2. */
  routingKey: secretName,
  /** https://events.eu.pagerduty.com for accounts in the EU. */
  endpoint: z.url({ protocol: /^https?$/ }).default("https://events.pagerduty.com"),
});
export type PagerDutyChannel = z.infer<typeof PagerDutyChannel>;

const MailChannel = z
  .strictObject({
    host: z.string().min(1).max(255),
    port: z.number().int().min(1).max(65_535).default(587),
    /** `starttls` requires it: a server without it gets nothing. `implicit` is TLS from the start, usually port 465. */
    tls: z.enum(["starttls", "implicit", "none"]).default("starttls"),
    user: z.string().min(1).optional(),
    /** Name of the secret. */
    password: secretName.optional(),
    /** Name of the secret with the certificate of a private authority, in PEM. */
    ca: secretName.optional(),
    from: address,
    to: z.array(address).min(1).max(50),
    /** When the digest is sent, in the time zone of the tenant. */
    dailyAt: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "a time of day, as in 08:00")
      .default("08:00"),
  })
  .superRefine(({ tls, user, password }, { addIssue }) => {
    if (tls === "none" && password !== undefined)
      addIssue({ code: "custom", path: ["tls"], message: "a password is not sent without TLS. Use starttls or implicit" });
    if ((user === undefined) !== (password === undefined))
      addIssue({ code: "custom", path: ["user"], message: "user and password belong together" });
  });
export type MailChannel = z.infer<typeof MailChannel>;

const Delivery = z.strictObject({
  /** Where alerts of this severity are sent. Without it: see {@link sendChannels}. */
  send: z.array(ChannelName).optional(),
});

const CriticalDelivery = Delivery.extend({
  escalate: z
    .strictObject({
      /** For a critical alert that is open for this long without an acknowledgment. */
      afterMinutes: z.number().positive().max(1_440).default(15),
      to: z.array(ChannelName.exclude(["digest"])).min(1),
    })
    .optional(),
});

const rule = {
  /** False opens no such alert. One that is not opened by a rule is listed and not sent. */
  enabled: z.boolean().optional(),
  severity: Severity.optional(),
};
const PlainRule = z.strictObject(rule).optional();
const ruleWith = <T extends z.ZodRawShape>(thresholds: T) => z.strictObject({ ...rule, ...thresholds }).optional();
const count = z.number().int().positive();
const percent = z.number().min(1).max(100);

/** Rules with thresholds. What is left out has the default of the rule. */
const rulesWithThresholds = {
  stream_failing: ruleWith({ failures: count.optional() }),
  subscription_failing: ruleWith({ failures: count.optional() }),
  webhook_silent: ruleWith({ hours: z.number().positive().optional(), missedChanges: count.optional() }),
  queue_growing: ruleWith({ minutes: z.number().positive().optional(), deliveries: count.max(50_000).optional() }),
  messages_quarantined: ruleWith({ messages: count.optional() }),
  clock_differs: ruleWith({ minutes: z.number().positive().optional() }),
  secret_ending: ruleWith({ warningDays: count.optional(), criticalDays: count.optional() }),
  certificate_ending: ruleWith({ warningDays: count.optional(), criticalDays: count.optional() }),
  disk_low: ruleWith({ freePercent: percent.optional(), freeMegabytes: count.optional() }),
  memory_high: ruleWith({ usedPercent: percent.optional() }),
};

type PlainKind = Exclude<AlertKind, keyof typeof rulesWithThresholds>;
const plainRules = Object.fromEntries(
  alertKinds.filter((kind) => !Object.hasOwn(rulesWithThresholds, kind)).map((kind) => [kind, PlainRule]),
) as Record<PlainKind, typeof PlainRule>;

/** Sends alerts to people. Without a channel they are only listed. */
export const AlertsConfig = z
  .strictObject({
    /** Address at which people open Sidelight, for links: https://sidelight.acme.example. */
    consoleUrl: z.url({ protocol: /^https?$/ }).optional(),
    channels: z
      .strictObject({
        slack: SlackChannel.optional(),
        pagerDuty: PagerDutyChannel.optional(),
        mail: MailChannel.optional(),
        /** True allows plain HTTP and addresses of private networks for Slack and PagerDuty. */
        allowPrivate: z.boolean().default(false),
      })
      .prefault({}),
    critical: CriticalDelivery.prefault({}),
    warning: Delivery.prefault({}),
    info: Delivery.prefault({}),
    rules: z.strictObject({ ...plainRules, ...rulesWithThresholds }).prefault({}),
  })
  .superRefine((config, { addIssue }) => {
    const { critical, warning, info } = config;
    const namedItems = [
      { path: ["critical", "send"], channels: critical.send ?? [] },
      { path: ["critical", "escalate", "to"], channels: critical.escalate?.to ?? [] },
      { path: ["warning", "send"], channels: warning.send ?? [] },
      { path: ["info", "send"], channels: info.send ?? [] },
    ];
    for (const { path, channels } of namedItems)
      for (const [i, channel] of channels.entries())
        if (!hasChannel(config, channel))
          addIssue({ code: "custom", path: [...path, i], message: `channels.${ownerOf(channel)} is not configured` });
  });
export type AlertsConfig = z.infer<typeof AlertsConfig>;

/** The digest is a mail. */
const ownerOf = (channel: ChannelName): Exclude<ChannelName, "digest"> => (channel === "digest" ? "mail" : channel);

export const hasChannel = ({ channels }: Pick<AlertsConfig, "channels">, channel: ChannelName): boolean =>
  channels[ownerOf(channel)] !== undefined;

/**
 * Where alerts of a severity are sent. Default: critical to Slack and PagerDuty, warning by mail, info in the digest; what is not
 * configured is replaced by what is.
 */
export function sendChannels(config: AlertsConfig, severity: Severity): ChannelName[] {
  const configuredItems = config[severity].send;
  if (configuredItems) return configuredItems;
  const available = (names: ChannelName[]) => names.filter((name) => hasChannel(config, name));
  const [first = []] = defaultChannels[severity].map(available).filter((names) => names.length > 0);
  return first;
}

/** In order of preference: the first one with a channel that is configured. */
const defaultChannels: Record<Severity, ChannelName[][]> = {
  critical: [["slack", "pagerDuty"], ["mail"]],
  warning: [["mail"], ["slack"]],
  info: [["digest"]],
};

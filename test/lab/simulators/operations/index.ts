import { createHmac } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Activity } from "../activity.ts";
import { listen } from "../server.ts";
import { startMailServer } from "./mailServer.ts";
import { answerOf, type PagerDutyEvent } from "./pagerDutyEvent.ts";
import { refusalOf, type SlackMessage } from "./slackMessage.ts";

export const CHANNELS = ["slack", "pagerDuty", "mail"] as const;
export type ChannelName = (typeof CHANNELS)[number];

/** A message that arrived. */
export interface Notification {
  channel: ChannelName;
  tenant: string;
  /** ISO time of arrival. */
  at: string;
  /** The first line: text, summary or subject. */
  title: string;
  /** As it was sent: a message of Slack, an event of PagerDuty, or the subject, text and HTML of a mail. */
  body: SlackMessage | PagerDutyEvent | { from: string; to: string; subject: string; text: string; html: string };
}

/** Addresses of a tenant's channels. */
export interface TenantChannels {
  slackUrl: string;
  pagerDuty: { endpoint: string; routingKey: string };
  mail: { host: string; port: number; to: string };
}

/** Where the team that operates Sidelight reads alerts: Slack, PagerDuty and a mailbox. */
export interface Operations {
  channelsOf(tenant: string): TenantChannels;
  /** Oldest first. */
  list(filter?: { channel?: ChannelName | undefined; tenant?: string | undefined }): Notification[];
  /** The channel answers this status, or this SMTP code, until `status` is null. */
  refuse(channel: ChannelName, status: number | null, headers?: Record<string, string>): void;
  ports: Record<"operations" | "operations/mail", number>;
  clear(): void;
  close(): Promise<void>;
}

interface OperationsOptions {
  tenants: readonly { name: string; tokenKey: string }[];
  activity: Activity;
  ports: Record<string, number>;
}

const capacity = 1_000;

export async function startOperations({ tenants, activity, ports }: OperationsOptions): Promise<Operations> {
  const secretOf = ({ name, tokenKey }: (typeof tenants)[number], use: string) =>
    createHmac("sha256", tokenKey).update(`operations\n${use}\n${name}`).digest("hex");
  const slackPaths = new Map(tenants.map((t) => [`/services/T0LAB/B0ALERTS/${secretOf(t, "slack").slice(0, 24)}`, t.name]));
  const routingKeys = new Map(tenants.map((t) => [secretOf(t, "pagerDuty").slice(0, 32), t.name]));
  const mailboxes = new Map(tenants.map(({ name }) => [`operations@${name}.example`, name]));
  const keyOf = (map: ReadonlyMap<string, string>, tenant: string) => [...map].find(([, name]) => name === tenant)?.[0] ?? "";
  let notifications: Notification[] = [];
  const refusals = new Map<ChannelName, { status: number; headers: Record<string, string> }>();
  const add = (notification: Omit<Notification, "at">) => {
    notifications = [...notifications, { ...notification, at: new Date(activity.clock.now()).toISOString() }].slice(-capacity);
  };

  async function take(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const payload = await jsonBody(req);
    const path = req.url ?? "";
    const channel = path === "/v2/enqueue" ? "pagerDuty" : "slack";
    const refusal = refusals.get(channel);
    if (refusal) return void res.writeHead(refusal.status, refusal.headers).end("refused");
    if (channel === "pagerDuty") {
      const { status, body, event } = answerOf(payload);
      const tenant = event && routingKeys.get(event.routing_key);
      if (event && tenant) add({ channel, tenant, body: event, title: titleOf(event) });
      const unknown = { status: "invalid event", message: "Event object is invalid", errors: ["Invalid routing key"] };
      const reply = event && !tenant ? { status: 400, body: unknown } : { status, body };
      res.writeHead(reply.status, { "content-type": "application/json" }).end(JSON.stringify(reply.body));
      return;
    }
    const tenant = slackPaths.get(path);
    const word = tenant === undefined ? "no_service" : refusalOf(payload);
    if (tenant !== undefined && word === null)
      add({ channel, tenant, body: payload as SlackMessage, title: (payload as SlackMessage).text ?? "" });
    res.writeHead(word === null ? 200 : tenant === undefined ? 404 : 400, { "content-type": "text/html" }).end(word ?? "ok");
  }

  const server = createServer((req, res) => void activity.track(() => take(req, res)));
  await listen(server, ports["operations"] ?? 0);
  const { port } = server.address() as AddressInfo;
  const mail = await startMailServer({
    port: ports["operations/mail"] ?? 0,
    refusal: () => refusals.get("mail")?.status ?? null,
    onMail({ from, to, subject = "", text = "", html }) {
      const recipients = [to ?? []].flat().map((recipient) => recipient.text);
      const tenant = mailboxes.get(recipients[0] ?? "") ?? "";
      const body = { from: from?.text ?? "", to: recipients.join(", "), subject, text, html: html === false ? "" : html };
      add({ channel: "mail", tenant, title: subject, body });
    },
  });
  return {
    channelsOf: (tenant) => ({
      slackUrl: `http://127.0.0.1:${port}${keyOf(slackPaths, tenant)}`,
      pagerDuty: { endpoint: `http://127.0.0.1:${port}`, routingKey: keyOf(routingKeys, tenant) },
      mail: { host: "127.0.0.1", port: mail.port, to: keyOf(mailboxes, tenant) },
    }),
    list: ({ channel, tenant } = {}) =>
      notifications.filter((n) => (!channel || n.channel === channel) && (!tenant || n.tenant === tenant)),
    refuse(channel, status, headers = {}) {
      if (status === null) refusals.delete(channel);
      else refusals.set(channel, { status, headers });
    },
    ports: { operations: port, "operations/mail": mail.port },
    clear() {
      notifications = [];
      refusals.clear();
    },
    async close() {
      const closedServers = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await Promise.all([closedServers, mail.close()]);
    },
  };
}

const titleOf = (event: PagerDutyEvent): string =>
  event.event_action === "trigger" ? event.payload.summary : `${event.event_action} ${event.dedup_key}`;

async function jsonBody(req: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of req) text += String(chunk);
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

import { z } from "zod";
import { factsOf, type Notice, titleOf } from "../notice.ts";
import { type ChannelTools, failure, type SendNotice, type SendOutcome } from "./channel.ts";
import { postJson } from "./post.ts";

// Events API v2: https://developer.pagerduty.com/docs/events-api-v2-overview

const maxSummary = 1_024;
const maxKey = 255;

export const pagerDutySender =
  (tools: ChannelTools): SendNotice =>
  async ({ channels: { pagerDuty, allowPrivate } }, notice) => {
    if (!pagerDuty) return failure("channels.pagerDuty is not configured.");
    const routingKey = (await tools.secret(pagerDuty.routingKey)).trim();
    const url = new URL("/v2/enqueue", pagerDuty.endpoint).href;
    return await postJson(
      { service: "PagerDuty", url, body: pagerDutyEvent(routingKey, notice), allowPrivate },
      tools,
      outcomeOf,
    );
  };

const Refusal = z.looseObject({ errors: z.array(z.string()).optional() });

function outcomeOf(status: number, text: string): SendOutcome {
  if (status === 202) return { isSent: true, answer: "accepted" };
  if (status !== 400) return failure(`PagerDuty answered ${status}. Check the endpoint.`);
  const refusal = Refusal.safeParse(json(text));
  const reason = (refusal.success ? (refusal.data.errors ?? []) : []).join("; ").slice(0, 200);
  return failure(`PagerDuty refused the event (400${reason === "" ? "" : `: ${reason}`}). Check the integration key.`);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** The body of an event. All events of a group have one `dedup_key`, so that a repeated one changes nothing. */
export function pagerDutyEvent(routingKey: string, notice: Notice): object {
  const { kind, key, tenant, severity, alerts, at, timeZone, link } = notice;
  const event = { routing_key: routingKey, dedup_key: key.slice(0, maxKey) };
  if (kind === "closed") return { ...event, event_action: "resolve" };
  if (kind === "acknowledged") return { ...event, event_action: "acknowledge" };
  const [first] = alerts;
  const links = [
    ...(first?.link ? [{ href: first.link, text: "Open in the console" }] : []),
    ...(first?.runbook ? [{ href: first.runbook, text: "Runbook" }] : []),
  ];
  return {
    ...event,
    event_action: "trigger",
    client: "Sidelight",
    ...(link === null ? {} : { client_url: first?.link ?? link }),
    payload: {
      summary: titleOf(notice).slice(0, maxSummary),
      source: `sidelight/${tenant}`,
      severity: kind === "test" ? "info" : severity,
      timestamp: new Date(Math.min(at, ...alerts.map(({ since }) => since))).toISOString(),
      ...(first?.connection ? { component: first.connection } : {}),
      ...(first ? { class: first.kind } : {}),
      custom_details: {
        alerts: alerts.map((alert) => ({
          kind: alert.kind,
          severity: alert.severity,
          message: alert.message,
          ...Object.fromEntries(factsOf(alert, timeZone)),
        })),
      },
    },
    ...(links.length > 0 ? { links } : {}),
  };
}

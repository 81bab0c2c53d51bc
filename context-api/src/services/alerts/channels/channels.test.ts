import { type StandIn, type StandInAnswer, standIn } from "@sidelight/test-support/standIn.ts";
import { afterEach, describe, expect, it } from "vitest";
import { AlertsConfig, type ChannelName } from "../../../config/alerts.ts";
import { SecretError } from "../../../security/secrets/provider.ts";
import type { AlertsTable } from "../../../store/schema.ts";
import { type Notice, type NoticeKind, noticeOf } from "../notice.ts";
import { createAlertChannels } from "./index.ts";
import { slackMessage } from "./slack.ts";

const now = Date.parse("2026-11-30T12:00:00Z");
const alertOf = (change: Partial<AlertsTable> = {}): AlertsTable => ({
  ...{ tenant: "acme", id: "alr_1", kind: "circuit_open", severity: "critical", connection: "zendesk", subject: "read" },
  ...{ message: "Zendesk <does> not serve reads & writes.", cause: null, since: now - 60_000, count: 5, next_action: null },
  ...{ reopenings: 0, opened_at: now, closed_at: null, acknowledged_at: null, acknowledged_by: null, muted_until: null },
  ...change,
});

const services: StandIn[] = [];
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});

/** Channels at stand-ins that answer the same to each request. */
async function channelsAt(answer: StandInAnswer | null, overrides: object = {}) {
  const service = await standIn(() => answer);
  services.push(service);
  const config = AlertsConfig.parse({
    consoleUrl: "https://sidelight.example/",
    channels: {
      slack: { webhook: "slack" },
      pagerDuty: { routingKey: "pager", endpoint: service.url },
      allowPrivate: true,
      ...overrides,
    },
  });
  const secrets: Record<string, string> = { slack: `${service.url}/services/T0/B0/s3cret\n`, pager: "r0utingkey" };
  const channels = createAlertChannels({
    async secret(name) {
      if (secrets[name] === undefined) throw new SecretError(`the secret ${name} is missing`);
      return secrets[name];
    },
    now: () => now,
  });
  const noticeWith = (kind: NoticeKind, alerts: AlertsTable[]): Notice =>
    noticeOf({
      ...{ kind, key: "k".repeat(400), tenant: "acme", timeZone: "Europe/Berlin", config, alerts, now },
      labelOf: () => "Zendesk",
    });
  return {
    service,
    send: (channel: ChannelName, kind: NoticeKind = "opened", alerts = [alertOf()]) =>
      channels(channel, config, noticeWith(kind, alerts)),
    noticeWith,
    bodies: () => service.requests.map(({ body }) => JSON.parse(body)),
  };
}

describe("a message to Slack", () => {
  it("shows what, since when, how often and what to do, with links, and no text of an alert is a command", async () => {
    const { send, bodies, service } = await channelsAt({ status: 200, body: "ok" });
    expect(await send("slack")).toEqual({ isSent: true, answer: "ok" });
    expect(service.requests[0]).toMatchObject({ method: "POST", url: "/services/T0/B0/s3cret" });
    const text = JSON.stringify(bodies()[0]);
    for (const part of [
      "Zendesk &lt;does&gt; not serve reads &amp; writes.",
      "*Since:* 2026-11-30 12:59 (Europe/Berlin)",
      "*Count:* 5",
    ])
      expect(text).toContain(part);
    expect(text).toContain("<https://sidelight.example/console#/alerts/alr_1|Open in the console>");
    expect(text).toContain("<https://sidelight.example/docs/runbooks/circuit_open|Runbook>");
    expect(text).not.toContain("<does>");
  });

  it("keeps the limits of Slack, however many alerts there are and however long their texts", async () => {
    const { noticeWith } = await channelsAt(null);
    const alerts = Array.from({ length: 200 }, (_, i) => alertOf({ id: `alr_${i}`, message: "&".repeat(5_000) }));
    const message = slackMessage(noticeWith("opened", alerts)) as { text: string; blocks: { text?: { text: string } }[] };
    expect(message.blocks.length).toBeLessThanOrEqual(50);
    for (const block of message.blocks) expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3_000);
    expect(JSON.stringify(message)).toContain("185 more alerts");
    expect(JSON.stringify(message)).not.toMatch(/&(?!amp;|lt;|gt;)/);
  });

  it.each<[string, StandInAnswer, RegExp]>([
    ["a removed webhook", { status: 404, body: "no_service" }, /removed or its URL is wrong\. \(no_service\)/],
    ["a form that it does not know", { status: 400, body: "invalid_blocks" }, /did not accept the form/],
    ["a word that we do not know", { status: 400, body: "<html>token s3cret" }, /^Slack refused the message \(400\)\. Check/],
    ["an error", { status: 503, body: "" }, /^Slack answered 503\.$/],
    ["a redirect", { status: 302, headers: { location: "http://127.0.0.1:1/" } }, /Redirects are not followed/],
  ])("that is refused with %s says so, without a secret", async (_, answer, problem) => {
    const { send } = await channelsAt(answer);
    const outcome = await send("slack");
    expect(outcome).toMatchObject({ isSent: false, problem: expect.stringMatching(problem) });
    expect(JSON.stringify(outcome)).not.toContain("s3cret");
  });

  it("waits as long as Slack says when there are too many", async () => {
    const { send } = await channelsAt({ status: 429, headers: { "retry-after": "30" } });
    expect(await send("slack")).toMatchObject({ isSent: false, retryAt: now + 30_000 });
  });

  it("goes to no private network and over no plain HTTP, unless that is allowed", async () => {
    const { send, service } = await channelsAt({ status: 200, body: "ok" }, { allowPrivate: false });
    expect(await send("slack")).toMatchObject({ isSent: false, problem: expect.stringMatching(/not https/) });
    expect(service.requests).toEqual([]);
  });
});

describe("an event to PagerDuty", () => {
  const acceptedMessages = { status: 202, body: { status: "success", message: "Event processed", dedup_key: "k" } };

  it("triggers, acknowledges and resolves one incident", async () => {
    const { send, bodies } = await channelsAt(acceptedMessages);
    for (const kind of ["opened", "acknowledged", "closed"] as const)
      expect(await send("pagerDuty", kind)).toEqual({ isSent: true, answer: "accepted" });
    const [trigger, ...rest] = bodies();
    const dedup_key = "k".repeat(255);
    expect(trigger).toMatchObject({
      routing_key: "r0utingkey",
      event_action: "trigger",
      dedup_key,
      payload: {
        summary: "Critical: Zendesk <does> not serve reads & writes.",
        source: "sidelight/acme",
        severity: "critical",
        timestamp: "2026-11-30T11:59:00.000Z",
        component: "Zendesk",
        class: "circuit_open",
      },
      links: [
        { href: "https://sidelight.example/console#/alerts/alr_1", text: "Open in the console" },
        { href: "https://sidelight.example/docs/runbooks/circuit_open", text: "Runbook" },
      ],
    });
    expect(rest).toEqual([
      { routing_key: "r0utingkey", event_action: "acknowledge", dedup_key },
      { routing_key: "r0utingkey", event_action: "resolve", dedup_key },
    ]);
  });

  it("has a summary that PagerDuty accepts", async () => {
    const { send, bodies } = await channelsAt(acceptedMessages);
    await send("pagerDuty", "opened", [alertOf({ message: "x".repeat(5_000) })]);
    expect(bodies()[0].payload.summary).toHaveLength(1_024);
  });

  it.each<[string, StandInAnswer, RegExp]>([
    ["errors", { status: 400, body: { status: "invalid event", errors: ["Invalid routing key"] } }, /400: Invalid routing key/],
    ["another body", { status: 400, body: "<html>" }, /^PagerDuty refused the event \(400\)/],
    ["too many requests", { status: 429, body: {} }, /limits the rate/],
  ])("that is refused with %s says so", async (_, answer, problem) => {
    const { send } = await channelsAt(answer);
    expect(await send("pagerDuty")).toMatchObject({ isSent: false, problem: expect.stringMatching(problem) });
  });
});

it("a secret that is missing is a failed attempt, because it may be there at the next one", async () => {
  const { send } = await channelsAt(null, { slack: { webhook: "nowhere" } });
  expect(await send("slack")).toEqual({ isSent: false, problem: "the secret nowhere is missing", retryAt: null });
});

it("a service that cannot be reached is a failed attempt", async () => {
  const { send, service } = await channelsAt({ status: 200 });
  await service.close();
  expect(await send("pagerDuty")).toMatchObject({ isSent: false, problem: expect.stringMatching(/^PagerDuty: /) });
});

import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import { advanceBy, advanceUntil } from "@sidelight/test-support/advance.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import type { ChannelName, Notification } from "../lab/simulators/operations/index.ts";

let harness: Harness;
const open = async (change: (alerts: Record<string, unknown>) => void = () => {}): Promise<void> => {
  harness = await openHarness({
    alerts: true,
    configure(config) {
      for (const { settings, platform } of config.tenants.acme.connections)
        if (platform !== "generic") settings.pullEverySeconds = 30;
      change(config.tenants.acme.alerts);
    },
  });
};
afterEach(() => harness.close());

const waitFor = (label: string, isTrue: () => boolean | Promise<boolean>): Promise<void> =>
  advanceUntil(harness.clock, 1_000, label, isTrue);
const advance = (ms: number): Promise<void> => advanceBy(harness.clock, 1_000, ms);
const arrivals = (channel: ChannelName): Notification[] => harness.lab.operations.list({ channel, tenant: "acme" });
const openAlerts = async (): Promise<Alert[]> => (await harness.request("/v1/alerts?state=open&limit=100")).body.items;
const breakSalesforce = () => harness.lab.faults.add({ platform: "salesforce", kind: "error", status: 503, rate: 1, seed: 1 });
const post = (path: string, body?: object) => harness.request(path, { method: "POST", ...(body === undefined ? {} : { body }) });
async function repair(connection = "salesforce"): Promise<void> {
  harness.lab.faults.clear();
  await post(`/v1/connections/${connection}/retry`);
}

describe("an outage of a platform", () => {
  beforeEach(() => open());

  it("is one message to Slack and one incident at PagerDuty, with what to do and where to look, and both end with it", async () => {
    breakSalesforce();
    const start = harness.clock.now();
    await waitFor("the message", () => arrivals("slack").length > 0);
    // 100 seconds of an outage used to raise nothing.
    expect(harness.clock.now() - start).toBeLessThan(100_000 + 60_000);
    await advance(120_000);
    // The newest first: another circuit may have opened after the message.
    const alert = (await openAlerts()).filter(({ kind }) => kind === "circuit_open").at(-1);
    expect(arrivals("slack")).toHaveLength(1);
    const text = JSON.stringify(arrivals("slack")[0]!.body);
    for (const part of [
      "Salesforce",
      `<https://sidelight.example/console#/alerts/${alert!.id}|`,
      "<https://sidelight.example/docs/runbooks/circuit_open|",
      "*Next action:*",
      "*Since:*",
    ])
      expect(text).toContain(part);
    const [trigger] = arrivals("pagerDuty");
    expect(trigger!.body).toMatchObject({
      event_action: "trigger",
      payload: { severity: "critical", component: "Salesforce", class: "circuit_open" },
      client_url: `https://sidelight.example/console#/alerts/${alert!.id}`,
    });
    expect(alert!.notifications.map(({ channel, kind, state }) => [channel, kind, state]).sort()).toEqual([
      ["pagerDuty", "opened", "sent"],
      ["slack", "opened", "sent"],
    ]);
    await repair();
    await waitFor("the end", () => arrivals("slack").length > 1 && arrivals("pagerDuty").length > 1);
    expect(arrivals("slack")[1]!.title).toMatch(/^:white_check_mark: Ended: Salesforce/);
    const { dedup_key } = trigger!.body as { dedup_key: string };
    expect(arrivals("pagerDuty")[1]!.body).toMatchObject({ event_action: "resolve", dedup_key });
    await advance(60_000);
    expect([arrivals("slack").length, arrivals("pagerDuty").length]).toEqual([2, 2]);
  });

  it("is sent after a restart, once, when the process ended before it was sent", async () => {
    harness.lab.operations.refuse("slack", 503);
    breakSalesforce();
    await waitFor("the alert", async () => (await openAlerts()).some(({ severity }) => severity === "critical"));
    await harness.restart({ wait: false });
    harness.lab.operations.refuse("slack", null);
    await waitFor("the message", () => arrivals("slack").length > 0);
    await advance(120_000);
    expect(arrivals("slack")).toHaveLength(1);
    await harness.restart({ wait: false });
    await advance(60_000);
    expect([arrivals("slack").length, arrivals("pagerDuty").length]).toEqual([1, 1]);
  });

  it("that a person acknowledges or mutes", async () => {
    breakSalesforce();
    await waitFor("the incident", () => arrivals("pagerDuty").length > 0);
    const alerts = (await openAlerts()).filter(
      ({ severity, connection }) => severity === "critical" && connection === "salesforce",
    );
    for (const { id } of alerts) {
      const { status, body } = await post(`/v1/alerts/${id}/acknowledge`);
      expect([status, body.acknowledgedBy]).toEqual([200, expect.stringMatching(/\S/)]);
      expect(body.acknowledgedAt).not.toBeNull();
    }
    await waitFor("the acknowledgment", () => arrivals("pagerDuty").length > 1);
    expect(arrivals("pagerDuty")[1]!.body).toMatchObject({ event_action: "acknowledge" });
    const [alert] = alerts;
    const mutedAlert = await post(`/v1/alerts/${alert!.id}/mute`, { minutes: 60 });
    expect(Date.parse(mutedAlert.body.mutedUntil)).toBe(harness.clock.now() + 3_600_000);
    expect((await post(`/v1/alerts/${alert!.id}/mute`, { minutes: 0 })).body.mutedUntil).toBeNull();
    const past = { until: new Date(harness.clock.now() - 1_000).toISOString() };
    expect((await post(`/v1/alerts/${alert!.id}/mute`, past)).status).toBe(400);
    expect((await post(`/v1/alerts/${alert!.id}/mute`, {})).status).toBe(400);
    await repair();
    await waitFor("the end", async () => (await openAlerts()).every(({ id }) => id !== alert!.id));
    expect((await post(`/v1/alerts/${alert!.id}/acknowledge`)).status).toBe(409);
    const { items } = (await harness.request("/v1/audit?limit=50")).body as { items: { verb: string }[] };
    expect(items.map(({ verb }) => verb)).toEqual(expect.arrayContaining(["alerts.acknowledge", "alerts.mute"]));
  });
});

describe("an outage of 100 seconds", () => {
  it.each(["salesforce", "zendesk"] as const)(
    "of %s is sent before it ends, with pulls as rare as the default",
    async (platform) => {
      harness = await openHarness({ alerts: true });
      harness.lab.faults.add({ platform, kind: "error", status: 503, rate: 1, seed: 1 });
      const start = harness.clock.now();
      await waitFor("the message", () => arrivals("slack").length > 0);
      expect(harness.clock.now() - start).toBeLessThan(100_000);
    },
  );
});

describe("a channel that fails", () => {
  it("is an alert of its own on the other channels, and delivers what waited after a test of it succeeds", async () => {
    await open();
    harness.lab.operations.refuse("slack", 404);
    breakSalesforce();
    await waitFor("the alert about the channel", () =>
      arrivals("pagerDuty").some(({ title }) => /do not arrive through slack/.test(title)),
    );
    const [alert] = (await openAlerts()).filter(({ kind }) => kind === "alert_channel_failing");
    expect(alert).toMatchObject({ subject: "slack", severity: "critical" });
    expect((await post("/v1/alerts/test", { channel: "slack" })).body).toMatchObject({
      isDelivered: false,
      answer: expect.stringMatching(/Slack refused the message \(404\)/),
    });
    harness.lab.operations.refuse("slack", null);
    expect((await post("/v1/alerts/test", { channel: "slack" })).body).toEqual({
      channel: "slack",
      isDelivered: true,
      answer: "ok",
    });
    await waitFor("what waited", () => arrivals("slack").some(({ title }) => /Salesforce/.test(title)));
    await waitFor("the end of the alert", async () => (await openAlerts()).every(({ kind }) => kind !== "alert_channel_failing"));
    // The log contains neither the path of the webhook nor the key.
    const { slackUrl, pagerDuty } = harness.lab.tenants["acme"]!.channels;
    const log = harness.logged.join("\n");
    expect([log.includes(new URL(slackUrl).pathname), log.includes(pagerDuty.routingKey)]).toEqual([false, false]);
  });
});

describe("the rules of who is notified", () => {
  it("escalate a critical alert without an acknowledgment, send warnings by mail and info once a day", async () => {
    await open((alerts) => {
      alerts["critical"] = { send: ["slack"], escalate: { afterMinutes: 15, to: ["pagerDuty"] } };
      alerts["rules"] = { messages_quarantined: { severity: "info" } };
    });
    harness.lab.faults.add({ platform: "zendesk", kind: "error", path: "/api/v2/incremental/users", rate: 1, seed: 1 });
    await waitFor("the mail", () => arrivals("mail").length > 0);
    const mail = arrivals("mail")[0]!.body as { subject: string; text: string; html: string; to: string };
    expect(mail.subject).toMatch(/^\[Sidelight acme\] Warning: The stream users fails/);
    expect(mail.to).toBe("operations@acme.example");
    for (const part of ["Next action: ", "Since: ", "https://sidelight.example/docs/runbooks/stream_failing"])
      expect(mail.text).toContain(part);
    expect(mail.html).toContain('<a href="https://sidelight.example/console#/alerts/');
    expect(arrivals("slack")).toEqual([]);
    harness.lab.faults.clear();
    breakSalesforce();
    await waitFor("the message", () => arrivals("slack").length > 0);
    expect(arrivals("pagerDuty")).toEqual([]);
    await advanceUntil(harness.clock, 5_000, "the escalation", () => arrivals("pagerDuty").length > 0);
    expect(arrivals("pagerDuty")[0]!.title).toMatch(/^Not acknowledged: Salesforce/);
  });
});

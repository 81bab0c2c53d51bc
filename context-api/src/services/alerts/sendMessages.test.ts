import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { alertKinds } from "../../config/alertKinds.ts";
import { AlertsConfig, type ChannelName, type Severity } from "../../config/alerts.ts";
import type { TenantConfig } from "../../config/schema.ts";
import type { TenantLog } from "../../log/log.ts";
import { type Logs, openLogs } from "../../log/testLogs.ts";
import { listMessagesSince, listWaitingMessages } from "../../store/tables/alertMessages.ts";
import { acknowledgeAlert, closeAlert, listCurrentAlerts, openAlert } from "../../store/tables/alerts.ts";
import { createLogger } from "../../telemetry/logger.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import type { SendOutcome } from "./channels/channel.ts";
import { type Notice, titleOf } from "./notice.ts";
import { channelFailing } from "./rules/channelFailing.ts";
import type { AlertSource } from "./rules/rule.ts";
import { endChannel, type MessageTools, planChannel, sendChannel } from "./sendMessages.ts";

const minute = 60_000;
const day = 1_440 * minute;
const start = Date.parse("2026-11-30T06:00:00Z");

let logs: Logs;
beforeAll(async () => {
  logs = await openLogs();
});
afterAll(() => logs.close());

let log: TenantLog;
let clock: ReturnType<typeof manualClock>;
let sentMessages: { channel: ChannelName; notice: Notice }[];
let answer: (channel: ChannelName) => SendOutcome;
let tools: MessageTools;
const allAlerts: ChannelName[] = ["slack", "pagerDuty", "mail", "digest"];
const runningTasks = new AbortController().signal;

const channels = {
  slack: { webhook: "slack" },
  pagerDuty: { routingKey: "pager" },
  mail: { host: "mail.example", from: "a@b.example", to: ["ops@b.example"] },
};
const configure = (overrides: object = {}): void => {
  const alerts = AlertsConfig.parse({ channels, ...overrides });
  tools.tenant.config = { ...tools.tenant.config, alerts };
};

beforeEach(async () => {
  clock = manualClock(start);
  log = await logs.newLog(clock.now);
  sentMessages = [];
  answer = () => ({ isSent: true, answer: "ok" });
  tools = {
    tenant: { log, connections: [], config: { timeZone: "Europe/Berlin" } as TenantConfig },
    channels: async (channel, _, notice) => {
      sentMessages.push({ channel, notice });
      return answer(channel);
    },
    ...{ clock, logger: createLogger("silent", { write: () => {} }), metrics: createMetrics() },
  };
  configure();
});

const commit = (...statements: ReturnType<typeof openAlert>[]) => log.commit({ statements, correlationId: "test" });
const openOf = (kind: string, severity: Severity, connection = "zendesk") =>
  openAlert(log.store, { kind, severity, connection, subject: "", message: `${kind}.` }, clock.now());
async function step(ms = 6_000): Promise<void> {
  for (const channel of allAlerts) await planChannel(channel, tools);
  clock.advance(ms);
  for (const channel of allAlerts) await sendChannel(channel, tools, runningTasks);
}
const sentTo = () => sentMessages.splice(0).map(({ channel, notice }) => `${channel}: ${titleOf(notice)}`);

describe.each(alertKinds)("the alert %s", (kind) => {
  it.each<[Severity, string[]]>([
    ["critical", ["slack: Critical", "pagerDuty: Critical"]],
    ["warning", ["mail: Warning"]],
    ["info", []],
  ])("is delivered when it is %s, with its next action and runbook, and ends", async (severity, expected) => {
    configure({ consoleUrl: "https://sidelight.example" });
    await commit(openOf(kind, severity));
    await step();
    for (const { notice } of sentMessages) {
      expect(notice.alerts).toMatchObject([{ kind, runbook: `https://sidelight.example/docs/runbooks/${kind}` }]);
      expect(notice.alerts[0]!.nextAction).toMatch(/\S/);
    }
    expect(sentTo()).toEqual(expected.map((title) => `${title}: ${kind}.`));
    await commit(closeAlert(log.store, { kind, connection: "zendesk", subject: "" }, clock.now()));
    await step();
    expect(sentTo()).toEqual(expected.map((title) => `${title.split(":")[0]}: Ended: ${kind}.`));
  });
});

describe("messages", () => {
  it("of a critical alert are escalated, unless it is acknowledged", async () => {
    configure({ critical: { send: ["slack"], escalate: { to: ["pagerDuty", "mail"] } } });
    await commit(openOf("circuit_open", "critical"));
    await step();
    expect(sentTo()).toEqual(["slack: Critical: circuit_open."]);
    clock.advance(15 * minute);
    await step();
    expect(sentTo()).toEqual(["pagerDuty: Not acknowledged: circuit_open.", "mail: Not acknowledged: circuit_open."]);
    await commit(openOf("config_refused", "critical", ""));
    const alert = (await listCurrentAlerts(log.store, clock.now())).find(({ kind }) => kind === "config_refused");
    await commit(acknowledgeAlert(log.store, alert!.id, "key_1", clock.now()));
    await step();
    clock.advance(15 * minute);
    await step();
    expect(sentTo()).toEqual(["slack: Critical: config_refused."]);
  });

  it("that fail are tried again later and later, with what is open then, and one that Slack delays not earlier", async () => {
    answer = () => ({ isSent: false, problem: "Slack answered 503.", retryAt: null });
    await commit(openOf("circuit_open", "critical"));
    const delays: number[] = [];
    await planChannel("slack", tools);
    clock.advance(6_000);
    for (let i = 0; i < 12; i++) {
      const dueAt = await sendChannel("slack", tools, runningTasks);
      delays.push(dueAt! - clock.now());
      clock.advance(dueAt! - clock.now());
    }
    expect(delays.slice(0, 4)).toEqual([5_000, 10_000, 20_000, 40_000]);
    expect(delays.at(-1)).toBe(15 * minute);
    const source = { served: { tenant: tools.tenant }, now: clock.now() } as unknown as AlertSource;
    expect(await channelFailing.find(source)).toMatchObject([{ subject: "slack", count: 1, cause: "Slack answered 503." }]);
    answer = () => ({ isSent: false, problem: "429", retryAt: clock.now() + 30 * minute });
    expect((await sendChannel("slack", tools, runningTasks))! - clock.now()).toBe(30 * minute);
    clock.advance(30 * minute);
    await commit(openOf("sign_in_failed", "critical"));
    answer = () => ({ isSent: true, answer: "ok" });
    sentMessages = [];
    expect(await sendChannel("slack", tools, runningTasks)).toBeNull();
    expect(sentMessages.map(({ notice }) => notice.alerts.map(({ kind }) => kind))).toEqual([["circuit_open", "sign_in_failed"]]);
    expect(await channelFailing.find(source)).toEqual([]);
  });

  it("about an alert that ended before they could be sent say so, page no one, and are given up after a day", async () => {
    answer = () => ({ isSent: false, problem: "down", retryAt: null });
    await commit(openOf("circuit_open", "critical"));
    await step();
    await commit(closeAlert(log.store, { kind: "circuit_open", connection: "zendesk", subject: "" }, clock.now()));
    sentMessages = [];
    clock.advance(minute);
    await step();
    expect(sentTo()).toEqual(["slack: Began and ended: circuit_open."]);
    clock.advance(day);
    await step();
    expect(sentTo()).toEqual([]);
    const states = (await listMessagesSince(log.store, 0, 10)).map(({ channel, state }) => `${channel} ${state}`);
    expect(states.filter((text) => !text.startsWith("digest")).sort()).toEqual(["pagerDuty skipped", "slack expired"]);
  });

  it("of a channel that is removed from the configuration end", async () => {
    await commit(openOf("circuit_open", "critical"));
    await planChannel("slack", tools);
    tools.tenant.config = { ...tools.tenant.config, alerts: AlertsConfig.parse({}) };
    await endChannel("slack", tools);
    expect(await listWaitingMessages(log.store, "slack")).toEqual([]);
    configure();
    await step();
    expect(sentTo().filter((text) => text.startsWith("slack"))).toEqual(["slack: Critical: circuit_open."]);
  });

  it("of a day are one mail at its time, from the second day on, and none without an alert", async () => {
    await step(minute);
    await commit(openOf("field_new", "info"));
    // 08:00 in Berlin is 07:00 UTC.
    clock.advance(Date.parse("2026-11-30T06:59:00Z") - clock.now());
    await step(0);
    expect(sentTo()).toEqual([]);
    clock.advance(minute);
    await step(0);
    await step(0);
    const title = `digest: Sidelight ${log.tenant}: 1 alert since the last digest`;
    expect(sentTo()).toEqual([title]);
    // What stays open is not repeated every day.
    clock.advance(day);
    await step(0);
    expect(sentTo()).toEqual([]);
    clock.advance(minute);
    await commit(closeAlert(log.store, { kind: "field_new", connection: "zendesk", subject: "" }, clock.now()));
    clock.advance(day);
    await step(0);
    clock.advance(day);
    await step(0);
    expect(sentTo()).toEqual([title]);
  });
});

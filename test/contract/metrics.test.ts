import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { hasPromtool, promtool } from "@sidelight/test-support/promtool.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { deployFolder, readDeployFile } from "../deploy/manifests.ts";
import { sendGeneric } from "../harness/genericWebhook.ts";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";
import { root } from "../tools/runNode.mjs";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ routes: true });
});
afterAll(() => harness.close());

/** The series of the tenant, by name and labels. */
async function series(): Promise<Map<string, number>> {
  // The text is kept for a second.
  harness.clock.advance(1_000);
  const { text } = await harness.request("/metrics", { role: "service" });
  const samples = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(samples.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
}

const samplesOf = (values: ReadonlyMap<string, number>, name: string, ...labels: string[]) =>
  [...values].filter(([key]) => key.startsWith(`${name}{`) && labels.every((label) => key.includes(label)));
const total = (values: ReadonlyMap<string, number>, name: string, ...labels: string[]) =>
  samplesOf(values, name, ...labels).reduce((sum, [, value]) => sum + value, 0);

const ticket = (id: number) => ticketEvent("created", { id, requesterId: 9_100_002, updatedAt: harness.clock.now() - 4_000 });

describe("the metrics", () => {
  it("count webhooks by outcome and reason, their delay, records, decisions and deliveries", async () => {
    const previous = await series();
    const created = ticket(9_100_001);
    await sendZendesk(harness, created);
    await sendZendesk(harness, created);
    await sendZendesk(harness, { ...ticket(9_100_003), type: "zen:event-type:planet.exploded" });
    await harness.request("/v1/webhooks/acme/zendesk/wrong-token", { method: "POST", role: null, body: {} });
    await advanceUntil(harness.clock, 1_000, "the deliveries", async () => {
      const { items } = (await harness.request("/v1/deliveries")).body;
      return items.length > 0 && items.every(({ state }: { state: string }) => state !== "waiting");
    });
    const current = await series();
    const growth = (name: string, ...labels: string[]) => total(current, name, ...labels) - total(previous, name, ...labels);
    expect([
      growth("sidelight_webhook_requests_total", 'outcome="accepted"', 'platform="zendesk"'),
      growth("sidelight_webhook_requests_total", 'outcome="duplicate"'),
      growth("sidelight_webhook_requests_total", 'outcome="quarantined"', 'reason="unknown_type"'),
      growth("sidelight_webhook_requests_total", 'outcome="refused"', 'reason="token_unknown"'),
      growth("sidelight_webhook_delay_seconds_count", 'platform="zendesk"'),
      growth("sidelight_webhook_durable_seconds_count", 'platform="zendesk"'),
      growth("sidelight_records_total", 'object="ticket"', 'way="webhook"'),
      growth("sidelight_quarantined_messages", 'connection="zendesk"'),
    ]).toEqual([1, 1, 1, 1, 1, 3, 1, 1]);
    expect(current.get('sidelight_webhook_delay_seconds_bucket{le="5",platform="zendesk"}')).toBe(1);
    expect(total(current, "sidelight_webhook_delay_seconds_bucket", 'le="2"')).toBe(0);
    expect(growth("sidelight_deliveries_total", 'state="done"')).toBeGreaterThan(0);
    expect(growth("sidelight_route_decisions_total", 'decision="delivery"')).toBeGreaterThan(0);
    expect(growth("sidelight_delivery_seconds_count")).toBe(growth("sidelight_deliveries_total", 'state="done"'));
  });

  it("show streams, circuits, quotas, queues, dead letters and alerts of each connection", async () => {
    harness.lab.faults.add({ platform: "salesforce", kind: "error", status: 503, rate: 1, seed: 1 });
    await advanceUntil(harness.clock, 10_000, "an open circuit", async () =>
      samplesOf(await series(), "sidelight_circuit_state", 'connection="salesforce"').some(([, state]) => state === 2),
    );
    const current = await series();
    harness.lab.faults.clear();
    expect(samplesOf(current, "sidelight_stream_failing", 'connection="salesforce"').some(([, value]) => value === 1)).toBe(true);
    expect(total(current, "sidelight_alerts_open")).toBeGreaterThan(0);
    for (const name of ["quota_limit", "quota_used", "quota_remaining", "stream_lag_seconds", "circuit_state"])
      expect(samplesOf(current, `sidelight_${name}`, 'connection="zendesk"').length, name).toBeGreaterThan(0);
    for (const name of ["delivery_queue", "delivery_queue_oldest_seconds", "dead_letters"])
      expect(samplesOf(current, `sidelight_${name}`, 'target="salesforce"').length, name).toBe(1);
    expect(total(current, "sidelight_platform_calls_total", 'status="503"')).toBeGreaterThan(0);
  });

  it("have a bounded number of series, whatever callers, senders and platforms send", async () => {
    const keys = async () => [...(await series()).keys()].filter((key) => !key.startsWith("nodejs_"));
    const flood = async (part: string) => {
      for (let i = 0; i < 30; i++) {
        const odd = `${part}${i}`;
        await harness.request(`/v1/${odd}/x`);
        await harness.request(`/v1/webhooks/${odd}/${odd}/${odd}`, { method: "POST", role: null, body: {} });
        await harness.request("/v1/connections", { method: odd.toUpperCase() });
        await harness.request(`/v1/context/${odd}.thing:1`);
        await sendGeneric(harness, {
          id: odd,
          type: `${odd}.happened`,
          at: "2026-11-21T09:30:00Z",
          customer: { userId: odd },
          title: odd,
        });
        await sendZendesk(harness, { ...ticket(9_200_000 + i), type: `zen:event-type:${odd}` });
      }
      for (const status of [299, 418, 451, 498, 499, 520, 526, 530, 598, 599]) {
        harness.lab.faults.add({ platform: "zendesk", kind: "error", status, rate: 1, seed: 1 });
        await harness.request("/v1/contexts", { method: "POST", body: { refs: [`email:${part}${status}@odd.example`] } });
        harness.lab.faults.clear();
        harness.clock.advance(61_000);
      }
    };
    await flood("wibble");
    const firstCount = (await keys()).length;
    await flood("wobble");
    const lastKeys = await keys();
    expect(lastKeys.length - firstCount).toBeLessThan(5);
    expect(lastKeys.length).toBeLessThan(1_500);
    expect(lastKeys.filter((key) => /w[io]bble|odd\.example/i.test(key))).toEqual([]);
  });

  it("have every metric and label that a dashboard or an alert rule names", async () => {
    await harness.context(harness.lab.tenants["acme"]!.examples.resolved[0]!);
    harness.clock.advance(1_000);
    // The pool of PostgreSQL.
    if (harness.databaseUrl === null) harness.metrics.watchDatabase(() => ({ idle: 0 }));
    const { text } = await harness.request("/metrics", { role: "service" });
    const metrics = harness.metrics.registry.getMetricsAsArray() as unknown as { name: string; labelNames?: string[] }[];
    const labelsOf = new Map(metrics.map(({ name, labelNames = [] }) => [name, new Set(labelNames)]));
    for (const [, sample, labels = ""] of text.matchAll(/^(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? /gm))
      for (const [, label] of labels.matchAll(/(\w+)="/g)) labelsOf.get(sample!)?.add(label!);
    const files = readdirSync(join(deployFolder, "grafana/dashboards")).map((file) => `grafana/dashboards/${file}`);
    const { groups } = parse(readDeployFile("prometheus/alerts.yaml")) as { groups: { rules: { expr: string }[] }[] };
    const expressions = [
      ...files.flatMap((file) =>
        [...readDeployFile(file).matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, expr]) => JSON.parse(expr!)),
      ),
      ...groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
    ] as string[];
    expect(expressions.length).toBeGreaterThan(70);
    /** Labels that Prometheus adds to what it scrapes. */
    const scrapeLabels = new Set(["job", "instance", "le"]);
    for (const expression of expressions) {
      const samples = [...expression.matchAll(/\b((?:sidelight|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)];
      for (const [, sample, matchers = ""] of samples) {
        const name = labelsOf.has(sample!) ? sample! : sample!.replace(/_(bucket|sum|count)$/, "");
        expect([...labelsOf.keys()], expression).toContain(name);
        for (const [, label] of matchers.matchAll(/(\w+)(?:=|!=)/g))
          if (!scrapeLabels.has(label!)) expect([...labelsOf.get(name)!], `${name} in ${expression}`).toContain(label);
      }
      const labelNames = new Set([
        ...scrapeLabels,
        ...samples.flatMap(([, sample]) => [
          ...(labelsOf.get(sample!.replace(/_(bucket|sum|count)$/, "")) ?? labelsOf.get(sample!) ?? []),
        ]),
      ]);
      for (const [, list] of expression.matchAll(/\b(?:by|ignoring) \(([^)]*)\)/g))
        for (const label of list!.split(", ")) expect([...labelNames], expression).toContain(label);
    }
  });

  it("are all in the documentation", () => {
    const text = readFileSync(join(root, "docs/operating.md"), "utf8");
    const names = harness.metrics.registry.getMetricsAsArray().map(({ name }) => name);
    expect(names.filter((name) => name.startsWith("sidelight_") && !text.includes(`\`${name}\``))).toEqual([]);
  });

  it.skipIf(!hasPromtool)("have names, units and help texts as Prometheus wants them", async () => {
    const { text } = await harness.request("/metrics", { role: "service" });
    expect(text).toMatch(/^process_cpu_seconds_total /m);
    expect(text).toMatch(/^nodejs_eventloop_lag_seconds /m);
    expect(promtool(["check", "metrics"], { input: text })).toBe("");
  });
});

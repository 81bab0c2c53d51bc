import { createLogger } from "@sidelight/context-api/telemetry/logger.ts";
import { startTracing, type Tracing } from "@sidelight/context-api/telemetry/tracing.ts";
import { advanceUntil } from "@sidelight/test-support/advance.ts";
import { type StandIn, standIn } from "@sidelight/test-support/standIn.ts";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { z } from "zod";
import { type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const AttributeValue = z.object({
  key: z.string(),
  value: z.union([
    z.object({ stringValue: z.string() }).transform(({ stringValue }) => stringValue),
    z.object({ intValue: z.coerce.number() }).transform(({ intValue }) => intValue),
    z.object({ arrayValue: z.object({ values: z.array(z.object({ stringValue: z.string() })) }) }).transform(() => "list"),
  ]),
});
const Attributes = z.array(AttributeValue).transform((list) => Object.fromEntries(list.map(({ key, value }) => [key, value])));
const OtlpSpan = z.object({
  traceId: hex(32),
  spanId: hex(16),
  parentSpanId: hex(16).optional(),
  name: z.string(),
  kind: z.number().int().min(1).max(5),
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  attributes: Attributes,
  status: z.object({ code: z.number().int().optional() }),
});
/** https://opentelemetry.io/docs/specs/otlp/#otlphttp: an ExportTraceServiceRequest in JSON. */
const OtlpRequest = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: Attributes }),
      scopeSpans: z.array(z.object({ scope: z.object({ name: z.string() }), spans: z.array(OtlpSpan) })),
    }),
  ),
});
type Collected = z.infer<typeof OtlpSpan> & { service: unknown };

const server = 2;
const client = 3;
const producer = 4;
const consumer = 5;
const failures = 2;

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const unsampledId = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const email = "nobody.known@somewhere.example";

let collector: StandIn;
let harness: Harness;
let tracing: Tracing;
let spans: Collected[];
let correlationId: string;

beforeAll(async () => {
  collector = await standIn(() => ({ status: 200 }));
  vi.stubEnv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url);
  vi.stubEnv("OTEL_EXPORTER_OTLP_HEADERS", "x-collector-key=k1");
  vi.stubEnv("OTEL_SERVICE_NAME", "sidelight-test");
  tracing = await startTracing(process.env, createLogger("silent"));
  harness = await openHarness({ routes: true });
  await harness.request("/v1/contexts", {
    method: "POST",
    body: { refs: [`email:${email}`] },
    headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` },
  });
  await harness.request("/v1/connections?source=zendesk", { headers: { traceparent: `00-${unsampledId}-00f067aa0ba902b7-00` } });
  const event = ticketEvent("created", { id: 9_100_001, requesterId: 9_100_002, updatedAt: harness.clock.now() });
  const { body } = await sendZendesk(harness, event);
  await advanceUntil(harness.clock, 1_000, "the deliveries", async () => {
    const { items } = (await harness.request("/v1/deliveries")).body;
    return items.length > 0 && items.every(({ state }: { state: string }) => state !== "waiting");
  });
  correlationId = (await harness.request(`/v1/events/${body.eventIds[0]}`)).body.correlationId;
  await tracing.stop();
  spans = collector.requests.flatMap((request) =>
    OtlpRequest.parse(JSON.parse(request.body)).resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap((scope) => scope.spans.map((span) => ({ ...span, service: resource.attributes["service.name"] }))),
    ),
  );
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await harness?.close();
  await collector?.close();
});

const spansOf = (name: string | RegExp) =>
  spans.filter((span) => (typeof name === "string" ? span.name === name : name.test(span.name)));
const childrenOf = ({ spanId }: Collected) => spans.filter(({ parentSpanId }) => parentSpanId === spanId);

it("go to the collector of the standard variables, with its headers, as the named service", () => {
  expect(new Set(collector.requests.map(({ method, url, headers }) => `${method} ${url} ${headers["x-collector-key"]}`))).toEqual(
    new Set(["POST /v1/traces k1"]),
  );
  expect(new Set(spans.map(({ service }) => service))).toEqual(new Set(["sidelight-test"]));
});

it("continue the caller's trace, with the calls to the platforms below the request", () => {
  const [request] = spansOf("POST /v1/contexts");
  expect(request).toMatchObject({
    ...{ traceId, parentSpanId: "00f067aa0ba902b7", kind: server },
    attributes: { "http.request.method": "POST", "http.route": "/v1/contexts", "http.response.status_code": 200 },
  });
  const calls = spans.filter((span) => span.traceId === traceId && span.kind === client);
  expect(new Set(calls.map((span) => span.attributes["sidelight.platform"]))).toEqual(
    new Set(["salesforce", "zendesk", "mixpanel"]),
  );
  for (const { attributes, name, startTimeUnixNano, endTimeUnixNano } of calls) {
    expect(`${attributes["http.request.method"]} ${attributes["url.template"]}`).toBe(name);
    expect(BigInt(endTimeUnixNano)).toBeGreaterThanOrEqual(BigInt(startTimeUnixNano));
  }
  expect(spans.some((span) => span.traceId === unsampledId)).toBe(false);
});

it("show the ingest of a webhook, its routing, the attempts of deliveries and pulls, with their calls", () => {
  const [webhookSpan] = spansOf(/^POST \/v1\/webhooks\//);
  const ingest = childrenOf(webhookSpan!).find(({ name }) => name === "ingest webhook");
  expect(ingest?.attributes).toMatchObject({ "sidelight.connection": "zendesk", "sidelight.correlation_id": correlationId });
  expect(spansOf("route events").some(({ kind }) => kind === consumer)).toBe(true);
  const attempts = spansOf(/^deliver /).filter(({ kind }) => kind === producer);
  expect(attempts.flatMap(childrenOf).some(({ kind }) => kind === client)).toBe(true);
  expect(attempts.every(({ attributes }) => attributes["sidelight.deliveries"] === "list")).toBe(true);
  expect(
    spansOf(/^pull /)
      .flatMap(childrenOf)
      .some(({ kind }) => kind === client),
  ).toBe(true);
});

it("contain no address, no query and no path with an id", () => {
  const text = collector.requests.map(({ body }) => body).join("");
  expect(text).not.toMatch(/nobody|somewhere\.example|9100002|\?|%40/);
  for (const person of harness.lab.tenants["acme"]!.world.people) expect(text).not.toContain(person.email);
});

it("mark what failed", () => {
  expect(spans.filter(({ status, attributes }) => (status.code === failures) !== "error.type" in attributes)).toEqual([]);
});

it("are in the lines of the log", () => {
  const lines = harness.logged.map((line) => JSON.parse(line) as { msg: string; traceId?: string; spanId?: string });
  const line = lines.find((candidate) => candidate.msg === "call" && candidate.traceId === traceId);
  expect(spans.some(({ spanId }) => spanId === line?.spanId)).toBe(true);
});

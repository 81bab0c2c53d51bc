import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";
import { type HttpFront, openHttpFront, type ReceivedAnswer } from "../harness/httpServer.ts";
import { ticketEvent, type WebhookResult, zendeskSignature } from "../harness/zendeskWebhook.ts";

let harness: Harness;
let front: HttpFront;
let routed: HttpFront;
beforeAll(async () => {
  harness = await openHarness({
    pull: false,
    configure(config) {
      config.http.trustedProxies = 1;
      const zendesk = config.tenants.acme.connections.find((c: { id: string }) => c.id === "zendesk");
      zendesk.webhooks[0].requestsPerMinute = 100_000;
      zendesk.webhooks[0].allowFrom = ["203.0.113.0/24"];
    },
  });
  front = await openHttpFront(harness);
  routed = await openHttpFront(harness, { ahead: false });
});
afterAll(async () => {
  front.close();
  routed.close();
  await harness.close();
});

let tickets = 10_000;
const newEvent = (): string =>
  JSON.stringify(ticketEvent("created", { id: ++tickets, requesterId: 5, updatedAt: harness.clock.now() }));

interface Form {
  path: string;
  method: string;
  headers: Record<string, string | string[]>;
  bodyOf(event: string): string;
  isSigned: boolean;
  isChunked: boolean;
}

async function send(through: HttpFront, { path, method, headers, bodyOf, isSigned, isChunked }: Form, event = newEvent()) {
  const body = bodyOf(event);
  const timestamp = new Date(harness.clock.now()).toISOString();
  const signature = zendeskSignature(isSigned ? harness.webhooks["acme"]!.zendesk : "another secret", timestamp, body);
  return await through.send({
    path,
    method,
    body,
    headers: {
      "content-type": "application/json",
      "x-zendesk-webhook-signature": signature,
      "x-zendesk-webhook-signature-timestamp": timestamp,
      ...(isChunked ? {} : { "content-length": String(Buffer.byteLength(body)) }),
      ...headers,
    },
  });
}

/** What a sender sees of an answer, without the values that differ between any two requests. */
function visible({ status, headers, body }: ReceivedAnswer): unknown {
  const { date: _, "server-timing": timing, "x-request-id": requestId, "content-length": __, ...others } = headers;
  const text = body.toString().replace(String(requestId), "the request id");
  return {
    status,
    body: text.replaceAll(/evt_\w{26}/g, "an event"),
    headers: others,
    timing: /^total;dur=\d+\.\d\d$/.test(String(timing)),
    requestId: /^[0-9a-f]{8}-[0-9a-f]{4}-4/.test(String(requestId)) ? "random" : requestId,
  };
}

const plainPath = () => `/v1/webhooks/acme/zendesk/${harness.webhooks["acme"]!.token.zendesk}`;
const plain = (): Form => ({
  path: plainPath(),
  method: "POST",
  headers: { "x-forwarded-for": "203.0.113.7" },
  bodyOf: (event) => event,
  isSigned: true,
  isChunked: false,
});

describe("a webhook of the plain form", () => {
  it("is answered ahead of the router, once its events are durable", async () => {
    const event = newEvent();
    const first = await send(front, plain(), event);
    expect([first.isAhead, first.status]).toEqual([true, 200]);
    const { eventIds, accepted } = JSON.parse(first.body.toString()) as WebhookResult;
    expect([accepted, eventIds.length]).toEqual([1, 1]);
    const repeated = await send(routed, plain(), event);
    expect(JSON.parse(repeated.body.toString())).toEqual({ accepted: 0, duplicates: 1, quarantined: 0, eventIds });
  });

  it("is counted under the name of its route", async () => {
    await send(front, plain());
    const { text } = await harness.request("/metrics");
    const series = text.split("\n").filter((line) => line.startsWith("sidelight_http_requests_total") && /webhooks/.test(line));
    expect(series.length).toBeGreaterThan(0);
    for (const line of series) expect(line).toContain('route="/v1/webhooks/:tenant/:platform/:connectionToken",method="POST"');
  });
});

describe("the same webhook ahead of the router and through it", () => {
  it("has the same answer, whatever its form", async () => {
    const sometimes = <T>(value: fc.Arbitrary<T>, usual: T) =>
      fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: value });
    const usualPath = plainPath();
    const form = fc.record({
      path: sometimes(
        fc.constantFrom(
          `${usualPath}?x=1`,
          `${usualPath}?x=%20`,
          `${usualPath}/`,
          `${usualPath}x`,
          usualPath.replace("acme", "%61cme"),
          usualPath.replace("acme", "nobody"),
          usualPath.replace("zendesk", "salesforce"),
          usualPath.replace("acme", ".."),
          usualPath.replace("acme", "x/../acme"),
          usualPath.replace("/v1/", "/v2/"),
        ),
        usualPath,
      ),
      method: sometimes(fc.constantFrom("PUT", "GET", "DELETE", "OPTIONS"), "POST"),
      headers: fc.record(
        {
          "x-forwarded-for": sometimes(
            fc.constantFrom("198.51.100.1", "", "203.0.113.7:99", "1.2.3.4, 203.0.113.7"),
            "203.0.113.7",
          ),
          "x-request-id": fc.constantFrom("my-request-0001", "short", "has space in it", "x".repeat(65)),
          traceparent: fc.constantFrom("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "nonsense"),
          host: sometimes(fc.constantFrom("ada@example.com", "EXAMPLE.com", "[::1]", "a b", "x".repeat(300)), "localhost"),
          "content-type": fc.constantFrom("text/plain", "application/xml", ""),
          "x-zendesk-webhook-signature": sometimes(fc.constantFrom("", "nonsense", ["a", "b"]), "unsigned"),
        },
        { requiredKeys: ["x-forwarded-for"] },
      ),
      bodyOf: sometimes(
        fc.constantFrom(
          () => "",
          () => "{",
          () => "[[[[]]]]",
          (event: string) => `\ufeff${event}`,
          (event: string) => event.replace("}", `,"x":${"[".repeat(80)}${"]".repeat(80)}}`),
          () => `"${"x".repeat(600_000)}"`,
        ),
        (event: string) => event,
      ),
      isSigned: sometimes(fc.constant(false), true),
      isChunked: fc.boolean(),
    });
    let aheadCount = 0;
    await fc.assert(
      fc.asyncProperty(form, async (sent) => {
        const headers = { ...sent.headers };
        if (headers["x-zendesk-webhook-signature"] === "unsigned") delete headers["x-zendesk-webhook-signature"];
        const answer = await send(front, { ...sent, headers } as Form);
        if (answer.isAhead) aheadCount += 1;
        expect(visible(answer)).toEqual(visible(await send(routed, { ...sent, headers } as Form)));
      }),
      { numRuns: 150 },
    );
    expect(aheadCount).toBeGreaterThan(30);
  });

  it("uses the same limit of requests", async () => {
    const limited = await openHarness({
      pull: false,
      configure(config) {
        config.tenants.acme.connections.find((c: { id: string }) => c.id === "zendesk").webhooks[0].requestsPerMinute = 2;
      },
    });
    const fronts = [await openHttpFront(limited), await openHttpFront(limited, { ahead: false })] as const;
    const path = `/v1/webhooks/acme/zendesk/${limited.webhooks["acme"]!.token.zendesk}`;
    const statuses: number[] = [];
    for (const through of [...fronts, ...fronts]) statuses.push((await through.send({ path, method: "POST" })).status);
    expect(statuses).toEqual([401, 401, 429, 429]);
    for (const through of fronts) through.close();
    await limited.close();
  });
});

import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { describe, expect, it } from "vitest";
import { unsharedState } from "../../redis/sharedState.ts";
import type { Logger } from "../../telemetry/logger.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { createReceiveWebhook, type WebhookInput } from "./receiveWebhook.ts";

const megabyte = 1024 * 1024;
const maxBytes = 5 * megabyte;

/** An endpoint whose store never answers before `finish`. */
function slowEndpoint(tenants = ["acme"]) {
  const storing = Promise.withResolvers<void>();
  const endpoint = {
    connection: { id: "crm", tenant: "acme", platform: { name: "crm" } },
    kind: "events",
    source: { maxBytes },
    requestsPerMinute: 100_000,
    isAllowed: () => true,
  };
  const ingest = {
    endpoints: { find: async () => endpoint },
    accept: async () => {
      await storing.promise;
      return { status: 200 };
    },
  };
  const receive = createReceiveWebhook({
    tenants: new Map(tenants.map((name) => [name, { ingest } as unknown as ServedTenant])),
    shared: unsharedState(() => 0),
    clock: manualClock(0),
    logger: {} as Logger,
    metrics: createMetrics(),
  });
  const send = (headers: WebhookInput["headers"], length: number, tenant = "acme") =>
    receive({
      ...{ tenant, platform: "crm", token: "t", from: null, headers },
      readBody: async () => ({ length }) as Buffer,
    });
  return { send, finish: () => storing.resolve() };
}

describe("bodies of webhooks that wait for the store", () => {
  it.each([
    ["with a declared length", { "content-length": String(maxBytes) }, maxBytes],
    ["without a declared length, while their size is not known", {}, maxBytes],
    ["with a length that is no number", { "content-length": "many" }, maxBytes],
  ])("take no more than 64 MB of memory: %s", async (_, headers: Record<string, string>, length) => {
    const { send, finish } = slowEndpoint();
    const waitingRequests = Array.from({ length: 12 }, () => send(headers, length));
    await expect(send(headers, length)).rejects.toMatchObject({ code: "rate_limited", retryAfterSeconds: 5 });
    const small = send({ "content-length": "100" }, 100);
    finish();
    expect(await Promise.all([...waitingRequests, small])).toHaveLength(13);
    expect(await send(headers, length)).toEqual({ status: 200 });
  });

  it("of one tenant are half of those that may wait, so that another tenant's webhooks are accepted", async () => {
    const { send, finish } = slowEndpoint(["acme", "globex"]);
    const flood = Array.from({ length: 1_000 }, () =>
      send({ "content-length": "100" }, 100).then(
        () => "accepted",
        ({ code }: { code: string }) => code,
      ),
    );
    const others = send({ "content-length": "100" }, 100, "globex");
    finish();
    const outcomes = await Promise.all(flood);
    expect(outcomes.filter((outcome) => outcome === "rate_limited")).toHaveLength(500);
    expect(await others).toEqual({ status: 200 });
  });

  it("count with their real size once they are read", async () => {
    const { send, finish } = slowEndpoint();
    const waitingRequests: Promise<unknown>[] = [];
    for (let i = 0; i < 100; i++) {
      waitingRequests.push(send({}, 1_000));
      // The body is read.
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
    }
    finish();
    expect(await Promise.all(waitingRequests)).toHaveLength(100);
  });
});

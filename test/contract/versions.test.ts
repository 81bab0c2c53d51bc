import type { ApiVersion } from "@sidelight/context-api/http/apiVersion.ts";
import { createApp } from "@sidelight/context-api/http/app.ts";
import { v1 } from "@sidelight/context-api/http/v1/index.ts";
import { createLogger } from "@sidelight/context-api/telemetry/logger.ts";
import { createMetrics } from "@sidelight/context-api/telemetry/metrics.ts";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Harness, openHarness } from "../harness/harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await openHarness({ otherTenant: true });
});
afterAll(() => harness.close());

const v2: ApiVersion = {
  name: "v2",
  ends: null,
  mount: (app) => void app.get("/v2/ping", (c) => c.json({ tenant: c.get("service").actor.tenant })),
};
const ends = {
  deprecatedAt: new Date("2027-01-31T00:00:00Z"),
  sunsetAt: new Date("2028-01-31T00:00:00Z"),
  successor: "v2",
};

const twoVersions = () =>
  createApp(
    {
      tenants: harness.runtime.tenants,
      shared: harness.runtime.shared,
      clock: harness.clock,
      logger: createLogger("silent"),
      metrics: createMetrics(),
      home: null,
      requestsPerMinute: 1_000,
      trustedProxies: 0,
      forwardedHeader: "x-forwarded-for",
      platforms: [],
      eventSchemas: harness.runtime.eventSchemas,
      readiness: harness.runtime.readiness,
    },
    [{ ...v1, ends }, v2],
  );

describe("two major versions", () => {
  it("are served together, with the same keys", async () => {
    const app = twoVersions();
    const headers = { authorization: `Bearer ${harness.keys["globex"]!.agent}` };
    const [ref] = harness.lab.tenants["globex"]!.examples.resolved;
    expect((await app.request(`/v1/context/${encodeURIComponent(ref!)}`, { headers })).status).toBe(200);
    const pong = await app.request("/v2/ping", { headers });
    expect(await pong.json()).toEqual({ tenant: "globex" });
    expect((await app.request("/v2/ping")).status).toBe(401);
  });

  it("announce the end of the older one in each of its answers, errors included", async () => {
    const app = twoVersions();
    const headers = { authorization: `Bearer ${harness.keys["acme"]!.agent}` };
    const [ref] = harness.lab.tenants["acme"]!.examples.resolved;
    const paths = [`/v1/context/${encodeURIComponent(ref!)}`, "/v1/context/nonsense", "/v1/connections"];
    for (const answer of [
      await app.request("/v1/connections"),
      ...(await Promise.all(paths.map((p) => app.request(p, { headers })))),
    ]) {
      expect(answer.headers.get("deprecation")).toBe(`@${ends.deprecatedAt.getTime() / 1000}`);
      expect(answer.headers.get("sunset")).toBe("Mon, 31 Jan 2028 00:00:00 GMT");
      expect(answer.headers.get("link")).toContain('rel="successor-version"');
    }
    const pong = await app.request("/v2/ping", { headers });
    for (const name of ["deprecation", "sunset", "link"]) expect(pong.headers.get(name)).toBeNull();
  });

  it("announce no end when there is only one", async () => {
    const answer = await harness.request("/v1/connections");
    expect(answer.headers.get("sunset")).toBeNull();
  });
});

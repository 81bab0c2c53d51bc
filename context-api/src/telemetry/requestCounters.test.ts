import { Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { createRequestCounters } from "./requestCounters.ts";

describe("the counted requests", () => {
  it("are series of the Prometheus format, by route, method and status", async () => {
    const registry = new Registry();
    const requests = createRequestCounters(registry);
    requests.count("/a", "GET", 200, 0.0004);
    requests.count("/a", "GET", 200, 0.001);
    requests.count("/a", "POST", 429, 3);
    const text = await registry.metrics();
    const values = Object.fromEntries(text.split("\n").flatMap((line) => (/^\w/.test(line) ? [line.split(/ (?=\S+$)/)] : [])));
    expect(values).toMatchObject({
      'sidelight_http_requests_total{route="/a",method="GET",status="200"}': "2",
      'sidelight_http_requests_total{route="/a",method="POST",status="429"}': "1",
      'sidelight_http_request_seconds_bucket{le="0.0005",route="/a"}': "1",
      'sidelight_http_request_seconds_bucket{le="0.001",route="/a"}': "2",
      'sidelight_http_request_seconds_bucket{le="2",route="/a"}': "2",
      'sidelight_http_request_seconds_bucket{le="+Inf",route="/a"}': "3",
      'sidelight_http_request_seconds_sum{route="/a"}': "3.0014",
      'sidelight_http_request_seconds_count{route="/a"}': "3",
    });
    expect(text).toContain("# TYPE sidelight_http_request_seconds histogram");
  });
});

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { generic } from "@sidelight/generic/index.ts";
import { isPrivate } from "@sidelight/platform-kit/publicOnly.ts";
import { isSigned } from "@sidelight/platform-kit/standardWebhooks.ts";
import { type StandIn, type StandInAnswer, standIn } from "@sidelight/test-support/standIn.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ActionBench, openActionBench } from "../../harness/actionBench.ts";
import { type FakeClock, fakeClock } from "../../lab/simulators/testing.ts";

const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
let server: StandIn;
let bench: ActionBench;
let clock: FakeClock;
let answer: StandInAnswer | null;

const open = (settings: object = {}, secrets: object = {}) => {
  const defaults = {
    url: `${server.url}/hooks/sidelight`,
    secret: "signing",
    slackUrl: "slack",
    allowInsecure: true,
    allowPrivate: true,
  };
  const allSecrets = { signing: signingSecret, slack: `${server.url}/services/T0/B0/hidden`, ...secrets };
  return openActionBench(generic, { ...defaults, ...settings }, allSecrets, clock);
};

beforeEach(async () => {
  answer = { status: 200, body: "ok" };
  clock = fakeClock();
  server = await standIn(() => answer);
  bench = open();
});
afterEach(async () => {
  await bench.close();
  await server.close();
});

const dealEvent = { type: "sidelight.deal.won", subject: "salesforce.account:001", data: { arr: 5 } };

describe("post", () => {
  it("sends a signed CloudEvent with the same ids at every attempt", async () => {
    const timestamp = clock.now() - 3_600_000;
    const effect = { id: "dlv-1", at: timestamp, input: dealEvent };
    expect(await bench.perform("post", [effect])).toEqual([{ state: "done", ref: null, hasWritten: true }]);
    clock.advance(600_000);
    await bench.perform("post", [effect]);
    const [first, second] = server.requests as [StandIn["requests"][0], StandIn["requests"][0]];
    expect(first.url).toBe("/hooks/sidelight");
    expect(JSON.parse(first.body)).toEqual({
      specversion: "1.0",
      id: "dlv-1",
      source: "/tenants/acme",
      ...dealEvent,
      time: new Date(timestamp).toISOString(),
      datacontenttype: "application/json",
    });
    expect(first.headers["content-type"]).toBe("application/cloudevents+json; charset=UTF-8");
    expect(second.body).toBe(first.body);
    expect(second.headers["webhook-id"]).toBe("dlv-1");
    const [id, signedAt, signature] = ["id", "timestamp", "signature"].map((name) => second.headers[`webhook-${name}`]!);
    const headers = { id: id!, timestamp: signedAt!, signature: signature! };
    expect(isSigned(signingSecret, headers, Buffer.from(second.body), clock.now())).toBe(true);
    expect(bench.calls.map((call) => call.route)).toEqual(["POST {url}", "POST {url}"]);
  });

  it.each([
    [{ status: 500 }, { cause: "unavailable", isRetryable: true, retryAt: null }],
    [
      { status: 503, headers: { "retry-after": "30" } },
      { cause: "unavailable", isRetryable: true, wait: 30_000 },
    ],
    [
      { status: 429, headers: { "retry-after": "Fri, 20 Nov 2026 15:02:00 GMT" } },
      { cause: "rate_limited", isRetryable: true, wait: 120_000 },
    ],
    [{ status: 408 }, { cause: "unavailable", isRetryable: true }],
    [{ status: 404 }, { cause: "rejected", isRetryable: false }],
    [{ status: 401 }, { cause: "rejected", isRetryable: false }],
    [{ status: 410 }, { cause: "not_found", isRetryable: false }],
    [
      { status: 302, headers: { location: "/elsewhere" } },
      { cause: "misconfigured", isRetryable: false },
    ],
  ])("maps the response %o to an outcome", async (response, { wait, ...expected }: Record<string, unknown>) => {
    answer = response;
    const retryAt = typeof wait === "number" ? { retryAt: clock.now() + wait } : {};
    expect(await bench.perform("post", [{ input: dealEvent }])).toMatchObject([{ ...expected, ...retryAt }]);
    expect(server.requests).toHaveLength(1);
  });

  it("is retryable without a response, and succeeds when the response has no end", async () => {
    answer = null;
    expect(await bench.perform("post", [{ input: dealEvent }], AbortSignal.timeout(50))).toMatchObject([
      { cause: "unavailable", isRetryable: true },
    ]);
    const endless = createServer((_, res) => {
      res.writeHead(200);
      const writeMore = () => {
        if (res.destroyed) return;
        res.write("x".repeat(65_536));
        setImmediate(writeMore);
      };
      writeMore();
    });
    await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
    const otherBench = open({ url: `http://127.0.0.1:${(endless.address() as AddressInfo).port}` });
    expect(await otherBench.perform("post", [{ input: dealEvent }])).toMatchObject([{ state: "done" }]);
    await otherBench.close();
    await new Promise((resolve) => endless.close(resolve));
  });

  it("refuses private addresses in any notation", async () => {
    const { port } = new URL(server.url);
    const hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"];
    for (const host of hosts) {
      const otherBench = open({ url: `http://${host}:${port}/`, allowPrivate: false });
      expect(await otherBench.perform("post", [{ input: dealEvent }]), host).toMatchObject([
        { cause: "misconfigured", isRetryable: false },
      ]);
      await otherBench.close();
    }
    expect(server.requests).toEqual([]);
  });

  it("requires a valid signing secret", async () => {
    const otherBench = open({}, { signing: "short" });
    expect(await otherBench.perform("post", [{ input: dealEvent }])).toMatchObject([{ cause: "misconfigured" }]);
    await otherBench.close();
    expect(server.requests).toEqual([]);
  });

  it.each([
    [{ url: "http://example.com" }, "must be https"],
    [{ url: "https://a:b@example.com" }, "credentials"],
    [{ url: "https://example.com", secret: undefined }, "name a secret"],
  ])("refuses the settings %o", (settings, message) => {
    expect(() => generic.options.parse({ secret: "s", ...settings })).toThrow(message);
  });

  it("exists only when a URL is configured", async () => {
    const otherBench = openActionBench(generic, {}, {});
    expect(otherBench.connector.actions).toEqual({});
    expect(otherBench.rateLimiter.left()).toEqual({});
    await otherBench.close();
  });
});

describe("slack-message", () => {
  it("escapes mentions and links in a message", async () => {
    const input = {
      text: "<!channel> Ada & Co",
      blocks: [
        { type: "section", text: { type: "mrkdwn", text: "<https://evil.example|Acme>" } },
        {
          type: "actions",
          elements: [{ type: "button", text: { type: "plain_text", text: "Open" }, url: "https://a.example/?a=1&b=2" }],
        },
      ],
    };
    expect(await bench.perform("slack-message", [{ input }])).toEqual([{ state: "done", ref: null, hasWritten: true }]);
    const [request] = server.requests;
    expect(request!.url).toBe("/services/T0/B0/hidden");
    expect(JSON.parse(request!.body)).toEqual({
      text: "&lt;!channel&gt; Ada &amp; Co",
      blocks: [{ type: "section", text: { type: "mrkdwn", text: "&lt;https://evil.example|Acme&gt;" } }, input.blocks[1]],
    });
    expect(JSON.stringify(bench.calls)).not.toContain("hidden");
  });

  it.each([
    [
      { status: 429, headers: { "retry-after": "5" } },
      { cause: "rate_limited", isRetryable: true },
    ],
    [
      { status: 400, body: "invalid_blocks" },
      { cause: "rejected", isRetryable: false },
    ],
    [
      { status: 403, body: "invalid_token" },
      { cause: "invalid_credentials", isRetryable: false },
    ],
    [
      { status: 404, body: "no_service" },
      { cause: "not_found", isRetryable: false },
    ],
    [
      { status: 410, body: "channel_is_archived" },
      { cause: "not_found", isRetryable: false },
    ],
    [
      { status: 500, body: "rollup_error" },
      { cause: "unavailable", isRetryable: true },
    ],
  ])("maps the response %o to an outcome", async (response, expected) => {
    answer = response;
    const [outcome] = await bench.perform("slack-message", [{ input: { text: "x" } }]);
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain("hidden");
  });

  it("waits for Slack's Retry-After and sends one message a second", async () => {
    answer = { status: 429, headers: { "retry-after": "30" } };
    const now = clock.now();
    expect(await bench.perform("slack-message", [{ input: { text: "x" } }])).toMatchObject([{ retryAt: now + 30_000 }]);
    answer = { status: 200 };
    await bench.perform("slack-message", [{ input: { text: "x" } }]);
    expect(clock.now()).toBe(now + 30_000);
    await bench.perform("slack-message", [{ input: { text: "x" } }]);
    expect(clock.now()).toBe(now + 31_000);
  });

  it.each([["not a URL"], ["http://hooks.slack.com/services/x"], [""]])(
    "requires a secret that is an https URL: %s",
    async (slack) => {
      const otherBench = open({ allowInsecure: false, url: undefined }, { slack });
      const [outcome] = await otherBench.perform("slack-message", [{ input: { text: "x" } }]);
      expect(outcome).toMatchObject({
        state: "failed",
        isRetryable: false,
        cause: slack === "" ? "invalid_credentials" : "misconfigured",
      });
      await otherBench.close();
    },
  );
});

it.each([
  ...["10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "0.0.0.0", "169.254.169.254", "100.100.100.200"],
  ...["224.0.0.1", "255.255.255.255", "::", "::1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "fc00::1", "::ffff:10.0.0.1"],
  ...["64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1", "ff02::1", "nonsense"],
])("%s is private", (address) => expect(isPrivate(address)).toBe(true));

it.each(["1.1.1.1", "172.32.0.1", "192.169.0.1", "100.128.0.1", "2a00:1450:4001::1", "2606:4700::1111", "::ffff:8.8.8.8"])(
  "%s is public",
  (address) => expect(isPrivate(address)).toBe(false),
);

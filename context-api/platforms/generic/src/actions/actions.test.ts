import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { isSigned } from "@sidelight/platform-kit/standardWebhooks.ts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeClock, fakeClock } from "../../../../../test/lab/simulators/testing.ts";
import { type Workbench, workbench } from "../../../../../test/support/actionBench.ts";
import { type StandIn, type StandInAnswer, standIn } from "../../../../../test/support/standIn.ts";
import { generic } from "../index.ts";
import { isPrivate } from "./publicOnly.ts";

const signingSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
let server: StandIn;
let bench: Workbench;
let clock: FakeClock;
let answer: StandInAnswer | null;

const open = (settings: object = {}, secrets: object = {}) => {
  const own = {
    url: `${server.url}/hooks/sidelight`,
    secret: "signing",
    slackUrl: "slack",
    allowInsecure: true,
    allowPrivate: true,
  };
  const all = { signing: signingSecret, slack: `${server.url}/services/T0/B0/hidden`, ...secrets };
  return workbench(generic, { ...own, ...settings }, all, clock);
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

const happened = { type: "sidelight.deal.won", subject: "salesforce.account:001", data: { arr: 5 } };

describe("post", () => {
  it("sends a CloudEvent, signed, under the same ids at every attempt", async () => {
    const at = clock.now() - 3_600_000;
    const effect = { id: "dlv-1", at, input: happened };
    expect(await bench.perform("post", [effect])).toEqual([{ state: "done", ref: null, wrote: true }]);
    clock.advance(600_000);
    await bench.perform("post", [effect]);
    const [first, second] = server.requests as [StandIn["requests"][0], StandIn["requests"][0]];
    expect(first.url).toBe("/hooks/sidelight");
    expect(JSON.parse(first.body)).toEqual({
      specversion: "1.0",
      id: "dlv-1",
      source: "/tenants/acme",
      ...happened,
      time: new Date(at).toISOString(),
      datacontenttype: "application/json",
    });
    expect(first.headers["content-type"]).toBe("application/cloudevents+json; charset=UTF-8");
    expect(second.body).toBe(first.body);
    expect(second.headers["webhook-id"]).toBe("dlv-1");
    const [id, timestamp, signature] = ["id", "timestamp", "signature"].map((name) => second.headers[`webhook-${name}`]!);
    const headers = { id: id!, timestamp: timestamp!, signature: signature! };
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
  ])("reads the answer %o", async (given, { wait, ...expected }: Record<string, unknown>) => {
    answer = given;
    const retryAt = typeof wait === "number" ? { retryAt: clock.now() + wait } : {};
    expect(await bench.perform("post", [{ input: happened }])).toMatchObject([{ ...expected, ...retryAt }]);
    expect(server.requests).toHaveLength(1);
  });

  it("is tried again where no answer came, or none ends", async () => {
    answer = null;
    expect(await bench.perform("post", [{ input: happened }], AbortSignal.timeout(50))).toMatchObject([
      { cause: "unavailable", isRetryable: true },
    ]);
    const endless = createServer((_, res) => {
      res.writeHead(200);
      const more = () => {
        if (res.destroyed) return;
        res.write("x".repeat(65_536));
        setImmediate(more);
      };
      more();
    });
    await new Promise<void>((resolve) => endless.listen(0, "127.0.0.1", resolve));
    const own = open({ url: `http://127.0.0.1:${(endless.address() as AddressInfo).port}` });
    expect(await own.perform("post", [{ input: happened }])).toMatchObject([{ state: "done" }]);
    await own.close();
    await new Promise((resolve) => endless.close(resolve));
  });

  it("goes to no private network, however it is written", async () => {
    const { port } = new URL(server.url);
    const hosts = ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "169.254.169.254"];
    for (const host of hosts) {
      const own = open({ url: `http://${host}:${port}/`, allowPrivate: false });
      expect(await own.perform("post", [{ input: happened }]), host).toMatchObject([
        { cause: "misconfigured", isRetryable: false },
      ]);
      await own.close();
    }
    expect(server.requests).toEqual([]);
  });

  it("needs a key to sign with", async () => {
    const own = open({}, { signing: "short" });
    expect(await own.perform("post", [{ input: happened }])).toMatchObject([{ cause: "misconfigured" }]);
    await own.close();
    expect(server.requests).toEqual([]);
  });

  it.each([
    [{ url: "http://example.com" }, "not https"],
    [{ url: "https://a:b@example.com" }, "credentials"],
    [{ url: "https://example.com", secret: undefined }, "name a secret"],
  ])("isn't configured by %o", (settings, message) => {
    expect(() => generic.options.parse({ secret: "s", ...settings })).toThrow(message);
  });

  it("is there where an address is named", async () => {
    const own = workbench(generic, {}, {});
    expect(own.connector.actions).toEqual({});
    expect(own.budget.left()).toEqual({});
    await own.close();
  });
});

describe("slack-message", () => {
  it("writes a message in which nobody is called and nothing is linked", async () => {
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
    expect(await bench.perform("slack-message", [{ input }])).toEqual([{ state: "done", ref: null, wrote: true }]);
    const [sent] = server.requests;
    expect(sent!.url).toBe("/services/T0/B0/hidden");
    expect(JSON.parse(sent!.body)).toEqual({
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
  ])("reads the answer %o", async (given, expected) => {
    answer = given;
    const [outcome] = await bench.perform("slack-message", [{ input: { text: "x" } }]);
    expect(outcome).toMatchObject(expected);
    expect(JSON.stringify(outcome)).not.toContain("hidden");
  });

  it("holds back until Slack takes more, and one a second", async () => {
    answer = { status: 429, headers: { "retry-after": "30" } };
    const at = clock.now();
    expect(await bench.perform("slack-message", [{ input: { text: "x" } }])).toMatchObject([{ retryAt: at + 30_000 }]);
    answer = { status: 200 };
    await bench.perform("slack-message", [{ input: { text: "x" } }]);
    expect(clock.now()).toBe(at + 30_000);
    await bench.perform("slack-message", [{ input: { text: "x" } }]);
    expect(clock.now()).toBe(at + 31_000);
  });

  it.each([["not an address"], ["http://hooks.slack.com/services/x"], [""]])(
    "needs a secret that is an https address: %s",
    async (slack) => {
      const own = open({ allowInsecure: false, url: undefined }, { slack });
      const [outcome] = await own.perform("slack-message", [{ input: { text: "x" } }]);
      expect(outcome).toMatchObject({
        state: "failed",
        isRetryable: false,
        cause: slack === "" ? "invalid_credentials" : "misconfigured",
      });
      await own.close();
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

import { afterEach, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent, zendeskSignature } from "../harness/zendeskWebhook.ts";

let harness: Harness;
afterEach(() => harness.close());

const webhook = (config: ConfigTree, id = "zendesk") =>
  config.tenants.acme.connections.find((c: { id: string }) => c.id === id).webhooks[0];
const open = async (configure: (config: ConfigTree) => void = () => {}) => {
  harness = await openHarness({ pull: false, configure });
};
let tickets = 0;
const event = () => ticketEvent("created", { id: ++tickets, requesterId: 5, updatedAt: harness.clock.now() });
const sendFrom = (address: string) => sendZendesk(harness, event(), { headers: { "x-forwarded-for": address } });
const head = () => harness.runtime.tenants.get("acme")!.tenant.log.head();

describe("a webhook's allowed networks", () => {
  it("match the sender's address as our own proxy reports it, whatever the sender's headers contain", async () => {
    await open((config) => {
      config.http.trustedProxies = 1;
      webhook(config).allowFrom = ["203.0.113.0/24", "2001:db8::/32"];
    });
    const allowed = [
      ...["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.9", "198.51.100.1, 203.0.113.7"],
      ...["203.0.113.7:40123", "[2001:db8::1]:40123", "[::ffff:203.0.113.9]:1", "198.51.100.1,203.0.113.7:80"],
    ];
    for (const address of allowed) {
      expect((await sendFrom(address)).status, address).toBe(200);
    }
    const headBefore = head();
    for (const address of [
      "198.51.100.1",
      "203.0.113.7, 198.51.100.1",
      "2001:db9::1",
      "[2001:db9::1]:443",
      "",
      "nonsense",
      "203.0.113.7:x",
    ]) {
      expect((await sendFrom(address)).status, address).toBe(401);
    }
    expect(head()).toBe(headBefore);
  });

  it("match the last address that is not a trusted proxy, when the networks of the proxies are configured", async () => {
    await open((config) => {
      config.http.trustedProxies = ["10.0.0.0/8"];
      webhook(config).allowFrom = ["203.0.113.0/24"];
    });
    const path = `/v1/webhooks/acme/zendesk/${harness.webhooks["acme"]!.token.zendesk}`;
    const body = JSON.stringify(event());
    const timestamp = new Date(harness.clock.now()).toISOString();
    const send = async (socketAddress: string, forwardedFor: string) => {
      const headers = {
        "x-forwarded-for": forwardedFor,
        "x-zendesk-webhook-signature": zendeskSignature(harness.webhooks["acme"]!.zendesk, timestamp, body),
        "x-zendesk-webhook-signature-timestamp": timestamp,
      };
      const socket = { incoming: { socket: { remoteAddress: socketAddress, remotePort: 1, remoteFamily: "IPv4" } } };
      return (await harness.app.request(path, { method: "POST", body, headers }, socket as never)).status;
    };
    expect(await send("10.0.0.1", "203.0.113.7:40123")).toBe(200);
    expect(await send("10.0.0.1", "198.51.100.1, 203.0.113.7, 10.1.2.3")).toBe(200);
    expect(await send("10.0.0.1", "203.0.113.7, 198.51.100.1")).toBe(401);
    // A sender that does not come through a proxy.
    expect(await send("198.51.100.1", "203.0.113.7")).toBe(401);
  });

  it("admit no sender with an unknown address", async () => {
    await open((config) => {
      webhook(config).allowFrom = ["203.0.113.0/24"];
    });
    expect((await sendFrom("203.0.113.7")).status).toBe(401);
  });
});

describe("a webhook's sender gets a Retry-After below 60", () => {
  it("when its rate limit is used up", async () => {
    await open((config) => {
      webhook(config).requestsPerMinute = 3;
    });
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await sendZendesk(harness, event()));
    expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 429, 429]);
    expect(Number(answers[4]!.headers.get("retry-after"))).toBeLessThan(60);
    expect(head()).toBe(3);
    harness.clock.advance(60_000);
    expect((await sendZendesk(harness, event())).status).toBe(200);
  });

  it("when the store is lost: nothing is acknowledged that is not durable", async () => {
    await open();
    await sendZendesk(harness, event());
    await harness.runtime.writer.close();
    const answer = await sendZendesk(harness, event());
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeLessThan(60);
    expect((answer.body as unknown as { code: string }).code).toBe("overloaded");
    await harness.restart({ pull: false });
    expect(head()).toBe(1);
  });
});

describe("a webhook's secrets", () => {
  it("work when they were stored with a line break at their end", async () => {
    const token = "TokenThatWasPastedWithALineBreak";
    harness = await openHarness({
      pull: false,
      secrets: { "padded.secret": "signing-secret-of-zendesk\n", "padded.token": `${token}\r\n` },
      configure: (config) => {
        Object.assign(webhook(config), { secret: "padded.secret", token: "padded.token" });
      },
    });
    expect((await sendZendesk(harness, event(), { secret: "signing-secret-of-zendesk", token })).status).toBe(200);
  });
});

describe("a webhook's body", () => {
  it("is refused above its platform's maximum, however its length is declared", async () => {
    await open();
    const large = JSON.stringify({ ...event(), padding: "x".repeat(600_000) });
    const answer = await sendZendesk(harness, large);
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([413, "too_large"]);
    const path = `/v1/webhooks/acme/zendesk/${harness.webhooks["acme"]!.token.zendesk}`;
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 12; i++) controller.enqueue(new Uint8Array(100_000));
        controller.close();
      },
    });
    const streamedReply = await harness.app.request(path, { method: "POST", body, duplex: "half" } as RequestInit);
    expect(streamedReply.status).toBe(413);
    expect(head()).toBe(0);
  });
});

describe("an invalid configuration of webhooks", () => {
  it.each([
    [
      "with a kind that the platform does not send",
      (c: ConfigTree) => {
        webhook(c).kind = "faxes";
      },
      /webhooks\.0\.kind: Zendesk has no webhook of kind faxes; use one of: events/,
    ],
    [
      "without a secret",
      (c: ConfigTree) => {
        delete webhook(c).secret;
      },
      /webhooks\.0\.secret: /,
    ],
    [
      "with an invalid network",
      (c: ConfigTree) => {
        webhook(c).allowFrom = ["everywhere"];
      },
      /allowFrom/,
    ],
    [
      "with an unknown setting",
      (c: ConfigTree) => {
        webhook(c).colour = "blue";
      },
      /webhooks\.0/,
    ],
  ])("%s is refused with its location", async (_, configure, reason) => {
    await expect(openHarness({ pull: false, configure })).rejects.toThrow(reason);
    await open();
  });
});

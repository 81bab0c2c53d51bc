import { afterEach, describe, expect, it } from "vitest";
import { type ConfigTree, type Harness, openHarness } from "../harness/harness.ts";
import { sendZendesk, ticketEvent } from "../harness/zendeskWebhook.ts";

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
    for (const address of ["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.9", "198.51.100.1, 203.0.113.7"]) {
      expect((await sendFrom(address)).status, address).toBe(200);
    }
    const headBefore = head();
    for (const address of ["198.51.100.1", "203.0.113.7, 198.51.100.1", "2001:db9::1", "", "nonsense"]) {
      expect((await sendFrom(address)).status, address).toBe(401);
    }
    expect(head()).toBe(headBefore);
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

import { afterEach, describe, expect, it } from "vitest";
import { type ConfigTree, type House, openHouse } from "../support/house.ts";
import { sendZendesk, ticketEvent } from "../support/zendeskHook.ts";

let house: House;
afterEach(() => house.close());

const webhook = (config: ConfigTree, id = "zendesk") =>
  config.tenants.acme.connections.find((c: { id: string }) => c.id === id).webhooks[0];
const open = async (configure: (config: ConfigTree) => void = () => {}) => {
  house = await openHouse({ pull: false, configure });
};
let tickets = 0;
const event = () => ticketEvent("created", { id: ++tickets, requesterId: 5, updatedAt: house.clock.now() });
const from = (address: string) => sendZendesk(house, event(), { headers: { "x-forwarded-for": address } });
const head = () => house.runtime.tenants.get("acme")!.tenant.log.head();

describe("a webhook's allowed networks", () => {
  it("are the sender's address as our own proxy saw it, whatever the sender says of itself", async () => {
    await open((config) => {
      config.http.trustedProxies = 1;
      webhook(config).allowFrom = ["203.0.113.0/24", "2001:db8::/32"];
    });
    for (const address of ["203.0.113.7", "2001:db8::1", "::ffff:203.0.113.9", "198.51.100.1, 203.0.113.7"]) {
      expect((await from(address)).status, address).toBe(200);
    }
    const before = head();
    for (const address of ["198.51.100.1", "203.0.113.7, 198.51.100.1", "2001:db9::1", "", "nonsense"]) {
      expect((await from(address)).status, address).toBe(401);
    }
    expect(head()).toBe(before);
  });

  it("admit nobody whose address is unknown", async () => {
    await open((config) => {
      webhook(config).allowFrom = ["203.0.113.0/24"];
    });
    expect((await from("203.0.113.7")).status).toBe(401);
  });
});

describe("a webhook's sender is told to try again, soon enough that it does", () => {
  it("when its allowance is used up", async () => {
    await open((config) => {
      webhook(config).requestsPerMinute = 3;
    });
    const answers = [];
    for (let i = 0; i < 5; i++) answers.push(await sendZendesk(house, event()));
    expect(answers.map((a) => a.status)).toEqual([200, 200, 200, 429, 429]);
    expect(Number(answers[4]!.headers.get("retry-after"))).toBeLessThan(60);
    expect(head()).toBe(3);
    house.clock.advance(60_000);
    expect((await sendZendesk(house, event())).status).toBe(200);
  });

  it("when the store is lost: nothing is acknowledged that isn't durable", async () => {
    await open();
    await sendZendesk(house, event());
    await house.runtime.writer.close();
    const answer = await sendZendesk(house, event());
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get("retry-after"))).toBeLessThan(60);
    expect((answer.body as unknown as { code: string }).code).toBe("overloaded");
    await house.restart({ pull: false });
    expect(head()).toBe(1);
  });
});

describe("a webhook's body", () => {
  it("is refused beyond what its platform sends, however its length is told", async () => {
    await open();
    const large = JSON.stringify({ ...event(), padding: "x".repeat(600_000) });
    const answer = await sendZendesk(house, large);
    expect([answer.status, (answer.body as unknown as { code: string }).code]).toEqual([413, "too_large"]);
    const path = `/v1/webhooks/acme/zendesk/${house.webhooks["acme"]!.token.zendesk}`;
    const body = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 12; i++) controller.enqueue(new Uint8Array(100_000));
        controller.close();
      },
    });
    const streamed = await house.app.request(path, { method: "POST", body, duplex: "half" } as RequestInit);
    expect(streamed.status).toBe(413);
    expect(head()).toBe(0);
  });
});

describe("a configuration of webhooks that can't be used", () => {
  it.each([
    [
      "of a kind that the platform doesn't send",
      (c: ConfigTree) => {
        webhook(c).kind = "faxes";
      },
      /webhooks\.0\.kind: Zendesk sends no faxes; known are events/,
    ],
    [
      "without a secret",
      (c: ConfigTree) => {
        delete webhook(c).secret;
      },
      /webhooks\.0\.secret: /,
    ],
    [
      "with a network that is none",
      (c: ConfigTree) => {
        webhook(c).allowFrom = ["everywhere"];
      },
      /allowFrom/,
    ],
    [
      "with a setting nobody knows",
      (c: ConfigTree) => {
        webhook(c).colour = "blue";
      },
      /webhooks\.0/,
    ],
  ])("%s is refused, with the place", async (_, configure, reason) => {
    await expect(openHouse({ pull: false, configure })).rejects.toThrow(reason);
    await open();
  });
});

import { type ManualClock, manualClock } from "@sidelight/test-support/manualClock.ts";
import { type Lab, type LabTenant, startSimulators, TINY } from "../simulators/lab.ts";
import { ANCHOR } from "../simulators/testing.ts";
import { openWebhooks, type Targets, type Webhooks } from "./index.ts";

export const TARGETS = {
  zendesk: { url: "http://receiver.invalid/zendesk", secret: "bG9va3MgbGlrZSBiYXNlNjQsIGlzIHVzZWQgYXMgdGV4dA==" },
  salesforce: { url: "http://receiver.invalid/salesforce" },
  salesforceCallout: {
    url: "http://receiver.invalid/callout",
    secret: `whsec_${Buffer.from("k".repeat(32)).toString("base64")}`,
  },
  mixpanel: { url: "http://receiver.invalid/mixpanel", username: "sidelight", password: "a password" },
} satisfies Targets;

/** One request as the receiver got it. */
export interface ReceivedRequest {
  to: "zendesk" | "salesforce" | "callout" | "mixpanel";
  headers: Record<string, string>;
  body: string;
  /** ms by the lab's clock */
  at: number;
}

/** The receiver's behavior: respond, never respond, or be unreachable. */
export type Responder = (request: ReceivedRequest) => Response | "silence" | "unreachable";

export const ACK =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>';

/** A receiver that accepts every webhook in its platform's own way. */
export function content({ to, body }: ReceivedRequest): Response {
  if (to === "salesforce") return new Response(ACK, { headers: { "content-type": "text/xml" } });
  if (to === "mixpanel") return Response.json({ action: JSON.parse(body).action, status: "success" });
  return new Response(null, { status: 204 });
}

export interface WebhookBench {
  lab: Lab;
  acme: LabTenant;
  clock: ManualClock;
  webhooks: Webhooks;
  received: ReceivedRequest[];
  to(platform: ReceivedRequest["to"]): ReceivedRequest[];
  respondWith(responder: Responder): void;
  /** Advances the clock and runs everything that is due. */
  advance(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** A small lab whose platforms send to the test's own receiver. */
export async function openWebhookBench({
  dataDir,
  now = ANCHOR.getTime() + 300_000,
}: {
  dataDir?: string;
  now?: number;
} = {}): Promise<WebhookBench> {
  const clock = manualClock(now);
  const lab = await startSimulators({ now: ANCHOR, seed: 7, sizes: TINY, clock, ...(dataDir ? { dataDir } : {}) });
  const requests: ReceivedRequest[] = [];
  let responder: Responder = content;
  const webhooks = openWebhooks({
    lab,
    targets: { acme: TARGETS, globex: TARGETS },
    clock,
    ...(dataDir ? { dataDir } : {}),
    send(url, { headers, body, signal }) {
      const request: ReceivedRequest = {
        to: new URL(url).pathname.slice(1) as ReceivedRequest["to"],
        headers,
        body,
        at: clock.now(),
      };
      requests.push(request);
      const answer = responder(request);
      if (answer === "unreachable") return Promise.reject(new TypeError("fetch failed"));
      if (answer !== "silence") return Promise.resolve(answer);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    },
  });
  return {
    lab,
    acme: lab.tenants["acme"]!,
    clock,
    webhooks,
    received: requests,
    to: (platform) => requests.filter((request) => request.to === platform),
    respondWith(next) {
      responder = next;
    },
    async advance(ms) {
      const step = Math.max(50, ms / 400);
      for (let remaining = ms; remaining > 0; remaining -= step) {
        clock.advance(Math.min(step, remaining));
        await turns();
      }
      await turns();
    },
    async close() {
      await webhooks.close();
      await lab.close();
    },
  };
}

async function turns(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise((resolve) => setImmediate(resolve));
}

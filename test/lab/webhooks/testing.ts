import { type ManualClock, manualClock } from "../../support/manualClock.ts";
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

/** One request as it came to the receiver. */
export interface Arrived {
  to: "zendesk" | "salesforce" | "callout" | "mixpanel";
  headers: Record<string, string>;
  body: string;
  /** ms by the lab's clock */
  at: number;
}

/** What the receiver does: answers, never answers, or can't be reached. */
export type Answers = (request: Arrived) => Response | "silence" | "unreachable";

export const ACK =
  '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body><notificationsResponse xmlns="http://soap.sforce.com/2005/09/outbound"><Ack>true</Ack></notificationsResponse></soapenv:Body></soapenv:Envelope>';

/** A receiver that is content with everything, in each platform's own way. */
export function content({ to, body }: Arrived): Response {
  if (to === "salesforce") return new Response(ACK, { headers: { "content-type": "text/xml" } });
  if (to === "mixpanel") return Response.json({ action: JSON.parse(body).action, status: "success" });
  return new Response(null, { status: 204 });
}

export interface Sending {
  lab: Lab;
  acme: LabTenant;
  clock: ManualClock;
  webhooks: Webhooks;
  arrived: Arrived[];
  to(platform: Arrived["to"]): Arrived[];
  answer(answers: Answers): void;
  /** Lets time pass, and everything that comes due be done. */
  pass(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** A small lab whose platforms send to a receiver of the test's own. */
export async function sending({
  dataDir,
  now = ANCHOR.getTime() + 300_000,
}: {
  dataDir?: string;
  now?: number;
} = {}): Promise<Sending> {
  const clock = manualClock(now);
  const lab = await startSimulators({ now: ANCHOR, seed: 7, sizes: TINY, clock, ...(dataDir ? { dataDir } : {}) });
  const arrived: Arrived[] = [];
  let answers: Answers = content;
  const webhooks = openWebhooks({
    lab,
    targets: { acme: TARGETS, globex: TARGETS },
    clock,
    ...(dataDir ? { dataDir } : {}),
    send(url, { headers, body, signal }) {
      const request: Arrived = { to: new URL(url).pathname.slice(1) as Arrived["to"], headers, body, at: clock.now() };
      arrived.push(request);
      const answer = answers(request);
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
    arrived,
    to: (platform) => arrived.filter((request) => request.to === platform),
    answer(next) {
      answers = next;
    },
    async pass(ms) {
      const step = Math.max(50, ms / 400);
      for (let left = ms; left > 0; left -= step) {
        clock.advance(Math.min(step, left));
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

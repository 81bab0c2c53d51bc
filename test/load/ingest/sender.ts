import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import { ticketEvent } from "../../support/zendeskHook.ts";
import { cpuMs, type Load, quantiles } from "../measure.ts";

export interface Hook {
  url: string;
  pids: number[];
  secret: string;
  /** An API key, where there is an API behind it. */
  key?: string | undefined;
}

let tickets = 0;

/** One more ticket of one of 5,000 requesters, as a signed request. */
export function nextTicket(secret: string, subject = "The nightly export has failed again") {
  const id = ++tickets;
  const body = JSON.stringify(ticketEvent("created", { id, requesterId: (id % 5_000) + 1, updatedAt: Date.now(), subject }));
  const timestamp = new Date().toISOString();
  const signature = createHmac("sha256", secret)
    .update(timestamp + body)
    .digest("base64");
  const headers = {
    "content-type": "application/json",
    "x-zendesk-webhook-signature": signature,
    "x-zendesk-webhook-signature-timestamp": timestamp,
  };
  return { id, body, headers };
}

/** `count` events over `connections` that are kept open; each must be taken. */
export async function sendAll({ url, pids, secret }: Hook, count: number, connections = 64): Promise<Load> {
  const dispatcher = new Agent({ connections, pipelining: 1 });
  const times: number[] = [];
  const used = () => pids.reduce((sum, pid) => sum + cpuMs(pid), 0);
  let left = count;
  const cpu = used();
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const { body, headers } = nextTicket(secret);
      const sent = performance.now();
      const answer = await request(url, { method: "POST", dispatcher, headers, body });
      await answer.body.dump();
      times.push(performance.now() - sent);
      if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - start) / 1000;
  const cpuUs = ((used() - cpu) * 1000) / count;
  await dispatcher.close();
  return { rate: count / seconds, cpuUs, ...quantiles(times) };
}

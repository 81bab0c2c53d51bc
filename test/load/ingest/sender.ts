import { createHmac } from "node:crypto";
import { Agent, request } from "undici";
import { ticketEvent } from "../../harness/zendeskWebhook.ts";
import { cpuTreeMs, type Load, quantiles } from "../measure.ts";

export interface Hook {
  url: string;
  /** The server and the process of its store. */
  pids: number[];
  secret: string;
  /** API key, when the target has the API. */
  key?: string | undefined;
}

let tickets = 0;

/** A new ticket of one of 5,000 requesters, as a signed request. */
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

/** Sends `count` events over `connections` keep-alive connections. Each must be accepted. */
export async function sendAll({ url, pids, secret }: Hook, count: number, connections = 64): Promise<Load> {
  const dispatcher = new Agent({ connections, pipelining: 1 });
  const times: number[] = [];
  const usedCpuMs = () => pids.reduce((sum, pid) => sum + cpuTreeMs(pid), 0);
  let remaining = count;
  const cpu = usedCpuMs();
  const start = performance.now();
  const worker = async (): Promise<void> => {
    while (remaining-- > 0) {
      const { body, headers } = nextTicket(secret);
      const sentAt = performance.now();
      const answer = await request(url, { method: "POST", dispatcher, headers, body });
      await answer.body.dump();
      times.push(performance.now() - sentAt);
      if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}`);
    }
  };
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - start) / 1000;
  const cpuUs = ((usedCpuMs() - cpu) * 1000) / count;
  await dispatcher.close();
  return { rate: count / seconds, cpuUs, ...quantiles(times) };
}

import { Agent, request } from "undici";
import { cpuMs, quantiles, round } from "../measure.ts";
import type { Bench } from "./deliver.ts";
import { sendEvents } from "./send.ts";

const seconds = Number(process.env["SIDELIGHT_BENCH_SECONDS"] ?? 60);
const perSecond = Number(process.env["SIDELIGHT_BENCH_RATE"] ?? 1_667);
const perRequest = 50;

/** A steady stream: how long from an event's acknowledgement until the target has it, and whether each came, once. */
export async function steady({ folder, sink, start }: Bench): Promise<void> {
  const ours = await start("ours.ts", "routing", folder);
  const dispatcher = new Agent({ connections: 32, pipelining: 1 });
  // Its code is compiled, and everybody is known.
  for (let n = 0; n < 4_000; n += perRequest) await sendEvents(ours.said, 1_000_000 + n, perRequest, dispatcher);
  await seen(sink, 4_000);
  const acknowledged: number[] = [];
  const cpu = cpuMs(ours.pid);
  const since = performance.now();
  const running = new Set<Promise<void>>();
  let sent = 0;
  while (performance.now() - since < seconds * 1000) {
    while (sent < ((performance.now() - since) / 1000) * perSecond) {
      const from = sent;
      sent += perRequest;
      const one = sendEvents(ours.said, from, perRequest, dispatcher).then(() => {
        for (let n = from; n < from + perRequest; n++) acknowledged[n] = Date.now();
      });
      running.add(one);
      void one.finally(() => running.delete(one));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(running);
  const took = (performance.now() - since) / 1000;
  const got = await seen(sink, sent);
  const cpuUs = ((cpuMs(ours.pid) - cpu) * 1000) / sent;
  const delays = acknowledged.map((ack, n) => (got.at[n] ?? Number.NaN) - ack);
  const lost = delays.filter(Number.isNaN).length;
  const { p50, p95, p99 } = quantiles(delays.map((d) => Math.max(0, d)));
  console.log(
    `  ${sent} events in ${round(took, 1)} s, ${perRequest} in a request; ${lost} lost, ${got.repeated} delivered twice`,
  );
  console.log(
    `  acknowledged → delivered p50 ${round(p50, 0)} p95 ${round(p95, 0)} p99 ${round(p99, 0)} ms, ${got.requests} imports`,
  );
  console.log(`  ${round(cpuUs, 0)} µs CPU an event, from the webhook to the import`);
  await dispatcher.close();
  await ours.stop();
}

interface Seen {
  at: (number | null)[];
  requests: number;
  repeated: number;
}

/** Waits until the target has so many, or no more come. */
export async function seen(sink: string, count: number): Promise<Seen> {
  const total: Seen = { at: [], requests: 0, repeated: 0 };
  let quiet = 0;
  const most = Number.isFinite(count) ? 40 : 2;
  for (let had = 0; quiet < most; ) {
    const answer = await request(`${sink}/seen`);
    const more = (await answer.body.json()) as Seen;
    more.at.forEach((at, n) => {
      if (at !== null) {
        if (total.at[n] === undefined) had += 1;
        total.at[n] = at;
      }
    });
    total.requests += more.requests;
    total.repeated += more.repeated;
    if (had >= count) break;
    quiet = more.at.length === 0 ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return total;
}

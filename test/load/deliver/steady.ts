import { Agent, request } from "undici";
import { cpuMs, quantiles, round } from "../measure.ts";
import type { Bench } from "./bench.ts";
import { sendEvents } from "./send.ts";

const seconds = Number(process.env["SIDELIGHT_BENCH_SECONDS"] ?? 60);
const perSecond = Number(process.env["SIDELIGHT_BENCH_RATE"] ?? 1_667);
const perRequest = 50;

/** A steady stream: the delay from acknowledgment to delivery of each event, and whether each was delivered once. */
export async function steady({ folder, sink, start }: Bench): Promise<void> {
  const server = await start("ours.ts", "routing", folder);
  const dispatcher = new Agent({ connections: 32, pipelining: 1 });
  // Warms up the code and the profiles.
  for (let n = 0; n < 4_000; n += perRequest) await sendEvents(server.firstLine, 1_000_000 + n, perRequest, dispatcher);
  await waitForArrivals(sink, 4_000);
  const acknowledgedAt: number[] = [];
  const cpu = cpuMs(server.pid);
  const since = performance.now();
  const pendingRequests = new Set<Promise<void>>();
  let sentCount = 0;
  while (performance.now() - since < seconds * 1000) {
    while (sentCount < ((performance.now() - since) / 1000) * perSecond) {
      const from = sentCount;
      sentCount += perRequest;
      const batch = sendEvents(server.firstLine, from, perRequest, dispatcher).then(() => {
        for (let n = from; n < from + perRequest; n++) acknowledgedAt[n] = Date.now();
      });
      pendingRequests.add(batch);
      void batch.finally(() => pendingRequests.delete(batch));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(pendingRequests);
  const took = (performance.now() - since) / 1000;
  const arrivals = await waitForArrivals(sink, sentCount);
  const cpuUs = ((cpuMs(server.pid) - cpu) * 1000) / sentCount;
  const delays = acknowledgedAt.map((ack, n) => (arrivals.arrivalTimes[n] ?? Number.NaN) - ack);
  const lostCount = delays.filter(Number.isNaN).length;
  const { p50, p95, p99 } = quantiles(delays.map((d) => Math.max(0, d)));
  console.log(
    `  ${sentCount} events in ${round(took, 1)} s, ${perRequest} in a request; ${lostCount} lost, ${arrivals.repeated} delivered twice`,
  );
  console.log(
    `  acknowledged → delivered p50 ${round(p50, 0)} p95 ${round(p95, 0)} p99 ${round(p99, 0)} ms, ${arrivals.requests} imports`,
  );
  console.log(`  ${round(cpuUs, 0)} µs CPU an event, from the webhook to the import`);
  await dispatcher.close();
  await server.stop();
}

interface Arrivals {
  arrivalTimes: (number | null)[];
  requests: number;
  repeated: number;
}

/** Waits until the target has `count` events, or no more arrive. */
export async function waitForArrivals(sink: string, count: number): Promise<Arrivals> {
  const total: Arrivals = { arrivalTimes: [], requests: 0, repeated: 0 };
  let quiet = 0;
  const maxQuietRounds = Number.isFinite(count) ? 40 : 2;
  for (let had = 0; quiet < maxQuietRounds; ) {
    const answer = await request(`${sink}/seen`);
    const current = (await answer.body.json()) as Arrivals;
    current.arrivalTimes.forEach((time, n) => {
      if (time !== null) {
        if (total.arrivalTimes[n] === undefined) had += 1;
        total.arrivalTimes[n] = time;
      }
    });
    total.requests += current.requests;
    total.repeated += current.repeated;
    if (had >= count) break;
    quiet = current.arrivalTimes.length === 0 ? quiet + 1 : 0;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return total;
}

import { request } from "undici";
import { cpuMs, quantiles, round } from "../measure.ts";
import { type Hook, nextTicket } from "./sender.ts";

const minutes = Number(process.env["SIDELIGHT_BENCH_MINUTES"] ?? 10);
const perSecond = 175;
/** One of N events is observed until a reader sees it. */
const watchedEvery = 25;

/**
 * A steady stream above 10,000 a minute: the time from sending an event until the API shows it, and the number of lost events.
 */
export async function sustained({ url, pids, secret, key }: Hook): Promise<void> {
  if (minutes === 0) return;
  const [api] = url.split("/v1/");
  const visible: number[] = [];
  const acknowledgedMs: number[] = [];
  let [sentCount, refusedCount] = [0, 0];
  const cpu = cpuMs(pids[0]!);
  const start = performance.now();
  const requests = new Set<Promise<void>>();
  while (performance.now() - start < minutes * 60_000) {
    const dueCount = Math.floor(((performance.now() - start) / 1000) * perSecond);
    while (sentCount < dueCount) {
      const work = send(sentCount++ % watchedEvery === 0);
      requests.add(work);
      void work.finally(() => requests.delete(work));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(requests);
  const elapsedSeconds = (performance.now() - start) / 1000;
  const [a, v] = [quantiles(acknowledgedMs), quantiles(visible)];
  console.log(
    `  ${round(minutes, 0)} minutes, ${round((sentCount / elapsedSeconds) * 60, 0)} events a minute, ${refusedCount} refused or lost`,
  );
  console.log(`  until acknowledged p50 ${round(a.p50)} p95 ${round(a.p95)} p99 ${round(a.p99)} ms`);
  console.log(
    `  until visible in the API p50 ${round(v.p50)} p95 ${round(v.p95)} p99 ${round(v.p99)} ms (${visible.length} watched)`,
  );
  console.log(`  CPU ${round(((cpuMs(pids[0]!) - cpu) * 1000) / sentCount, 0)} µs an event, reads of the watched ones included`);

  async function send(isWatched: boolean): Promise<void> {
    const subject = `Ticket of ${sentCount}`;
    const { id, body, headers } = nextTicket(secret, subject);
    const began = performance.now();
    const answer = await request(url, { method: "POST", headers, body }).catch(() => null);
    await answer?.body.dump();
    if (answer?.statusCode !== 200) {
      refusedCount += 1;
      return;
    }
    acknowledgedMs.push(performance.now() - began);
    if (!isWatched) return;
    if (await isShown(id, subject)) visible.push(performance.now() - began);
    else refusedCount += 1;
  }

  async function isShown(id: number, subject: string): Promise<boolean> {
    for (let attempt = 0; attempt < 100; attempt++) {
      const answer = await request(`${api}/v1/timeline/zendesk.ticket:${id}?limit=5`, {
        headers: { authorization: `Bearer ${key}` },
      });
      if ((await answer.body.text()).includes(subject)) return true;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return false;
  }
}

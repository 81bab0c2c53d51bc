import { request } from "undici";
import { cpuMs, quantiles, round } from "../measure.ts";
import { type Hook, nextTicket } from "./sender.ts";

const minutes = Number(process.env["SIDELIGHT_BENCH_MINUTES"] ?? 10);
const perSecond = 175;
/** Of so many events one is waited for until a reader sees it. */
const watchedEvery = 25;

/** A steady stream above 10,000 a minute: how long from sending an event until the API shows it, and whether any is missing. */
export async function sustained({ url, pids, secret, key }: Hook): Promise<void> {
  const [api] = url.split("/v1/");
  const visible: number[] = [];
  const acknowledged: number[] = [];
  let [sent, refused] = [0, 0];
  const cpu = cpuMs(pids[0]!);
  const start = performance.now();
  const running = new Set<Promise<void>>();
  while (performance.now() - start < minutes * 60_000) {
    const due = Math.floor(((performance.now() - start) / 1000) * perSecond);
    while (sent < due) {
      const one = send(sent++ % watchedEvery === 0);
      running.add(one);
      void one.finally(() => running.delete(one));
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await Promise.all(running);
  const elapsed = (performance.now() - start) / 1000;
  const [a, v] = [quantiles(acknowledged), quantiles(visible)];
  console.log(`  ${round(minutes, 0)} minutes, ${round((sent / elapsed) * 60, 0)} events a minute, ${refused} refused or lost`);
  console.log(`  until acknowledged p50 ${round(a.p50)} p95 ${round(a.p95)} p99 ${round(a.p99)} ms`);
  console.log(
    `  until visible in the API p50 ${round(v.p50)} p95 ${round(v.p95)} p99 ${round(v.p99)} ms (${visible.length} watched)`,
  );
  console.log(`  CPU ${round(((cpuMs(pids[0]!) - cpu) * 1000) / sent, 0)} µs an event, reads of the watched ones included`);

  async function send(isWatched: boolean): Promise<void> {
    const subject = `Ticket of ${sent}`;
    const { id, body, headers } = nextTicket(secret, subject);
    const began = performance.now();
    const answer = await request(url, { method: "POST", headers, body }).catch(() => null);
    await answer?.body.dump();
    if (answer?.statusCode !== 200) {
      refused += 1;
      return;
    }
    acknowledged.push(performance.now() - began);
    if (!isWatched) return;
    if (await isShown(id, subject)) visible.push(performance.now() - began);
    else refused += 1;
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

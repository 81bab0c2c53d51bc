import type { Clock } from "../simulators/clock.ts";
import type { Cause } from "../world/cause.ts";
import type { Arranged } from "./deliveries.ts";
import { exchange, type Send } from "./exchange.ts";
import { type Job, type Lane, type LaneName, statusOf, type Verdict } from "./job.ts";
import { createPools } from "./pools.ts";
import type { QueueFile } from "./queueFile.ts";
import { listed, type SentLog, type SentWebhook } from "./sent.ts";

/** Sends what is due, and again what its platform would send again. */
export interface Post {
  accept(arranged: Arranged, cause: Cause | null): void;
  /** Everything that is not over. */
  waiting(): Job[];
  /** What a platform has stopped sending goes on. */
  resume(tenant: string): void;
  /** Forgets what waits for a tenant. */
  drop(tenant: string): void;
  close(): Promise<void>;
}

export interface PostDeps {
  lane(tenant: string, name: LaneName): Lane | undefined;
  clock: Clock;
  send: Send;
  sent: SentLog;
  file: QueueFile;
}

interface Line {
  ready: Job[];
  underWay: number;
}

export function openPost({ lane, clock, send, sent, file }: PostDeps): Post {
  const jobs = new Map<string, Job>();
  /** Jobs that somebody has in hand: nobody else may send them. */
  const taken = new Set<string>();
  const lines = new Map<Lane, Line>();
  const running = new Set<Promise<unknown>>();
  const closing = new AbortController();
  let saving = false;

  const laneOf = (job: Job): Lane | undefined => lane(job.tenant, job.lane);
  const run = (work: Promise<unknown>): void => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };

  function save(): void {
    if (saving || closing.signal.aborted) return;
    saving = true;
    setImmediate(() => {
      saving = false;
      if (!closing.signal.aborted) file.save([...jobs.values()]);
    });
  }

  function note(job: Job, state: SentWebhook["state"], status = 0): void {
    const target = laneOf(job);
    if (target) sent.put(listed(job, target.platform, state, status, clock.now()));
  }

  function add(job: Job): void {
    jobs.set(job.id, job);
    note(job, "waiting");
    void wait(job);
  }

  async function wait(job: Job): Promise<void> {
    const ms = job.dueAt - clock.now();
    if (job.held) return;
    if (ms > 0) await clock.sleep(ms, closing.signal).catch(() => {});
    // Never inside the change itself: a simulator answers before its webhooks leave.
    else await new Promise((resolve) => setImmediate(resolve));
    // It may have gone along with another, or have been put off since.
    if (closing.signal.aborted || !isFree(job) || job.dueAt > clock.now()) return;
    const target = laneOf(job);
    if (!target) return;
    const line = lineOf(target);
    if (line.ready.includes(job)) return;
    line.ready.push(job);
    pump(target, line);
  }

  const isFree = (job: Job): boolean => jobs.has(job.id) && !taken.has(job.id);

  function lineOf(target: Lane): Line {
    const known = lines.get(target);
    if (known) return known;
    const line = { ready: [], underWay: 0 };
    lines.set(target, line);
    return line;
  }

  function pump(target: Lane, line: Line): void {
    while (line.underWay < target.width && line.ready.length > 0) {
      const first = line.ready.shift()!;
      if (!isFree(first)) continue;
      const batch = gathered(first, target);
      line.ready = line.ready.filter((job) => !batch.includes(job));
      line.underWay++;
      run(
        attempt(target, batch).finally(() => {
          line.underWay--;
          pump(target, line);
        }),
      );
    }
  }

  function gathered(first: Job, { most, gatherMs }: Lane): Job[] {
    if (most === 1) return [first];
    const until = clock.now() + gatherMs;
    const fits = (job: Job): boolean =>
      job !== first &&
      job.tenant === first.tenant &&
      job.lane === first.lane &&
      job.group === first.group &&
      job.dueAt <= until &&
      !job.held &&
      isFree(job);
    return [first, ...[...jobs.values()].filter(fits)].slice(0, most);
  }

  async function attempt(target: Lane, batch: Job[]): Promise<void> {
    for (const { id } of batch) taken.add(id);
    const now = clock.now();
    const gate = target.gate?.(batch[0]!, now) ?? "go";
    if (gate !== "go") return conclude(batch, typeof gate === "string" ? gate : { retryAt: gate.waitUntil }, 0);
    const message = target.compose(batch, now);
    if (!message) return conclude(batch, "failed", 0);
    for (const job of batch) job.attempts++;
    const reply = await exchange(send, clock, target, message);
    // What was under way when the lab ended is sent again by the next.
    if (closing.signal.aborted) return;
    conclude(batch, target.judge(reply, batch, clock.now()), statusOf(reply));
  }

  function conclude(batch: Job[], verdict: Verdict, status: number): void {
    for (const job of batch) {
      taken.delete(job.id);
      if (!jobs.has(job.id)) continue;
      if (verdict === "done" || verdict === "failed") {
        jobs.delete(job.id);
        note(job, verdict === "done" ? "delivered" : "failed", status);
        continue;
      }
      if (verdict === "held") job.held = true;
      else job.dueAt = verdict.retryAt;
      note(job, "waiting", status);
      void wait(job);
    }
    save();
  }

  const pools = createPools({ clock, signal: closing.signal, release: (list) => run(release(list)) });

  /** One after the other, so that the order is what arrives. */
  async function release(list: readonly Job[]): Promise<void> {
    for (const job of list) {
      const target = laneOf(job);
      if (target && jobs.has(job.id) && !closing.signal.aborted) await attempt(target, [job]);
    }
  }

  for (const { held: _, ...job } of file.load()) if (laneOf(job)) add(job);

  return {
    accept({ jobs: fresh, lost }, cause) {
      for (const job of lost) note(job, "lost");
      for (const job of fresh) {
        const target = laneOf(job);
        if (!target) continue;
        job.dueAt += target.gatherMs;
        if (!pools.take(job, cause)) {
          add(job);
          continue;
        }
        taken.add(job.id);
        jobs.set(job.id, job);
        note(job, "waiting");
      }
      save();
    },
    waiting: () => [...jobs.values()],
    resume(tenant) {
      for (const job of jobs.values()) {
        if (job.tenant !== tenant || !job.held) continue;
        laneOf(job)?.resume?.();
        job.held = false;
        job.dueAt = clock.now();
        void wait(job);
      }
    },
    drop(tenant) {
      for (const job of jobs.values()) if (job.tenant === tenant) jobs.delete(job.id);
      pools.drop(tenant);
      save();
    },
    async close() {
      if (closing.signal.aborted) return;
      file.save([...jobs.values()]);
      closing.abort();
      await Promise.race([Promise.allSettled(running), new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
    },
  };
}

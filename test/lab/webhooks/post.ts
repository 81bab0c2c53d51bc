import type { Clock } from "../simulators/clock.ts";
import type { Cause } from "../world/cause.ts";
import type { DeliveryPlan } from "./deliveries.ts";
import { exchange, type Send } from "./exchange.ts";
import { type Job, type Sender, type SenderName, statusOf, type Verdict } from "./job.ts";
import type { QueueFile } from "./queueFile.ts";
import { createReorderBuffers } from "./reorderBuffers.ts";
import { listed, type SentWebhook, type WebhookLog } from "./webhookLog.ts";

/** Sends due jobs and retries them as the platform would. */
export interface Post {
  accept(arranged: DeliveryPlan, cause: Cause | null): void;
  /** Unfinished jobs. */
  waiting(): Job[];
  /** Resumes a paused platform. */
  resume(tenant: string): void;
  /** Drops the queued jobs of a tenant. */
  drop(tenant: string): void;
  close(): Promise<void>;
}

export interface PostDeps {
  sender(tenant: string, name: SenderName): Sender | undefined;
  clock: Clock;
  send: Send;
  webhookLog: WebhookLog;
  file: QueueFile;
}

interface Line {
  ready: Job[];
  inProgress: number;
}

export function openPost({ sender, clock, send, webhookLog, file }: PostDeps): Post {
  const jobs = new Map<string, Job>();
  /** Jobs that are being sent. They must not be sent a second time. */
  const inFlight = new Set<string>();
  const lines = new Map<Sender, Line>();
  const tasks = new Set<Promise<unknown>>();
  const closing = new AbortController();
  let saving = false;

  const senderOf = (job: Job): Sender | undefined => sender(job.tenant, job.sender);
  const run = (work: Promise<unknown>): void => {
    tasks.add(work);
    void work.finally(() => tasks.delete(work));
  };

  function save(): void {
    if (saving || closing.signal.aborted) return;
    saving = true;
    setImmediate(() => {
      saving = false;
      if (!closing.signal.aborted) file.save([...jobs.values()]);
    });
  }

  function recordState(job: Job, state: SentWebhook["state"], status = 0): void {
    const target = senderOf(job);
    if (target) webhookLog.put(listed(job, target.platform, state, status, clock.now()));
  }

  function add(job: Job): void {
    jobs.set(job.id, job);
    recordState(job, "waiting");
    void wait(job);
  }

  async function wait(job: Job): Promise<void> {
    const ms = job.dueAt - clock.now();
    if (job.paused) return;
    if (ms > 0) await clock.sleep(ms, closing.signal).catch(() => {});
    // Never inside the change itself: a simulator responds before its webhooks are sent.
    else await new Promise((resolve) => setImmediate(resolve));
    // The job may have been sent in another batch, or postponed.
    if (closing.signal.aborted || !isFree(job) || job.dueAt > clock.now()) return;
    const target = senderOf(job);
    if (!target) return;
    const line = lineOf(target);
    if (line.ready.includes(job)) return;
    line.ready.push(job);
    pump(target, line);
  }

  const isFree = (job: Job): boolean => jobs.has(job.id) && !inFlight.has(job.id);

  function lineOf(target: Sender): Line {
    const previous = lines.get(target);
    if (previous) return previous;
    const line = { ready: [], inProgress: 0 };
    lines.set(target, line);
    return line;
  }

  function pump(target: Sender, line: Line): void {
    while (line.inProgress < target.width && line.ready.length > 0) {
      const first = line.ready.shift()!;
      if (!isFree(first)) continue;
      const batch = gathered(first, target);
      line.ready = line.ready.filter((job) => !batch.includes(job));
      line.inProgress++;
      run(
        attempt(target, batch).finally(() => {
          line.inProgress--;
          pump(target, line);
        }),
      );
    }
  }

  function gathered(first: Job, { maxBatch, gatherMs }: Sender): Job[] {
    if (maxBatch === 1) return [first];
    const deadline = clock.now() + gatherMs;
    const fits = (job: Job): boolean =>
      job !== first &&
      job.tenant === first.tenant &&
      job.sender === first.sender &&
      job.group === first.group &&
      job.dueAt <= deadline &&
      !job.paused &&
      isFree(job);
    return [first, ...[...jobs.values()].filter(fits)].slice(0, maxBatch);
  }

  async function attempt(target: Sender, batch: Job[]): Promise<void> {
    for (const { id } of batch) inFlight.add(id);
    const now = clock.now();
    const admission = target.admission?.(batch[0]!, now) ?? "send";
    if (admission !== "send")
      return conclude(batch, typeof admission === "string" ? admission : { retryAt: admission.waitUntil }, 0);
    const message = target.compose(batch, now);
    if (!message) return conclude(batch, "failed", 0);
    for (const job of batch) job.attempts++;
    const reply = await exchange(send, clock, target, message);
    // Jobs that were being sent when the lab stopped are sent again.
    if (closing.signal.aborted) return;
    conclude(batch, target.judge(reply, batch, clock.now()), statusOf(reply));
  }

  function conclude(batch: Job[], verdict: Verdict, status: number): void {
    for (const job of batch) {
      inFlight.delete(job.id);
      if (!jobs.has(job.id)) continue;
      if (verdict === "done" || verdict === "failed") {
        jobs.delete(job.id);
        recordState(job, verdict === "done" ? "delivered" : "failed", status);
        continue;
      }
      if (verdict === "pause") job.paused = true;
      else job.dueAt = verdict.retryAt;
      recordState(job, "waiting", status);
      void wait(job);
    }
    save();
  }

  const buffers = createReorderBuffers({ clock, signal: closing.signal, release: (list) => run(release(list)) });

  /** One after the other, so that they arrive in this order. */
  async function release(list: readonly Job[]): Promise<void> {
    for (const job of list) {
      const target = senderOf(job);
      if (target && jobs.has(job.id) && !closing.signal.aborted) await attempt(target, [job]);
    }
  }

  for (const { paused: _, ...job } of file.load()) if (senderOf(job)) add(job);

  return {
    accept({ jobs: acceptedJobs, lost }, cause) {
      for (const job of lost) recordState(job, "lost");
      for (const job of acceptedJobs) {
        const target = senderOf(job);
        if (!target) continue;
        job.dueAt += target.gatherMs;
        if (!buffers.take(job, cause)) {
          add(job);
          continue;
        }
        inFlight.add(job.id);
        jobs.set(job.id, job);
        recordState(job, "waiting");
      }
      save();
    },
    waiting: () => [...jobs.values()],
    resume(tenant) {
      for (const job of jobs.values()) {
        if (job.tenant !== tenant || !job.paused) continue;
        senderOf(job)?.resume?.();
        job.paused = false;
        job.dueAt = clock.now();
        void wait(job);
      }
    },
    drop(tenant) {
      for (const job of jobs.values()) if (job.tenant === tenant) jobs.delete(job.id);
      buffers.drop(tenant);
      save();
    },
    async close() {
      if (closing.signal.aborted) return;
      file.save([...jobs.values()]);
      closing.abort();
      await Promise.race([Promise.allSettled(tasks), new Promise((resolve) => setTimeout(resolve, 1_000).unref())]);
    },
  };
}

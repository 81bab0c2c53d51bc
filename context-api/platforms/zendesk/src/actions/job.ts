import { setTimeout as sleep } from "node:timers/promises";
import { PlatformError } from "@sidelight/platform-kit/errors.ts";
import { networkError } from "@sidelight/platform-kit/networkFaults.ts";
import type { CallOptions } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import type { ZendeskClient, ZendeskWrite } from "../client.ts";

const Result = z.looseObject({
  id: z.union([z.number(), z.string()]).nullish(),
  index: z.number().nullish(),
  success: z.boolean().nullish(),
  error: z.string().nullish(),
  details: z.string().nullish(),
});
export type JobResult = z.infer<typeof Result>;

const Job = z.looseObject({
  job_status: z.looseObject({
    id: z.string().regex(/^[\w-]{1,100}$/),
    status: z.string(),
    results: z.array(Result).nullish().catch(null),
  }),
});

/** Delays between two polls, ms. A job of 100 tickets takes some seconds. */
const pollDelaysMs = [100, 400, 1_000, 2_000, 3_000, 5_000, 5_000, 10_000, 10_000, 10_000];

export type Pause = (ms: number, signal: AbortSignal) => Promise<unknown>;
const realPause: Pause = (ms, signal) => sleep(ms, undefined, { signal });

/**
 * Starts a bulk job and polls it until it has ended. Returns the results of its items in no particular order.
 * @throws {PlatformError} when the job failed, or has not ended after 45 s; it may still complete then
 */
export async function runJob(
  client: ZendeskClient,
  write: ZendeskWrite,
  call: CallOptions,
  pause: Pause = realPause,
): Promise<JobResult[]> {
  let { job_status: job } = await client.write(write, Job, call);
  for (const ms of pollDelaysMs) {
    if (job.status === "completed") return job.results ?? [];
    if (job.status === "failed" || job.status === "killed") {
      throw new PlatformError("unavailable", "zendesk", "Zendesk's job failed.");
    }
    await pause(ms, call.signal).catch((error: unknown) => Promise.reject(networkError("zendesk", error)));
    const route = "/api/v2/job_statuses";
    ({ job_status: job } = await client.get(`${route}/${job.id}`, `${route}/{id}`, Job, call));
  }
  if (job.status === "completed") return job.results ?? [];
  throw new PlatformError("timeout", "zendesk", "Zendesk's job has not ended in time.");
}

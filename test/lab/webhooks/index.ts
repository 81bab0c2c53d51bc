import type { Clock } from "../simulators/clock.ts";
import { systemClock } from "../simulators/clock.ts";
import type { Lab, LabTenant } from "../simulators/lab.ts";
import type { Cause } from "../world/cause.ts";
import type { Change } from "../world/table.ts";
import { arrange } from "./deliveries.ts";
import type { Send } from "./exchange.ts";
import type { Draft, Job, Sender, SenderName } from "./job.ts";
import { cohortDrafts, fullSync } from "./mixpanel/cohort.ts";
import { type CohortTarget, cohortSender } from "./mixpanel/sender.ts";
import { openPost } from "./post.ts";
import { queueFile } from "./queueFile.ts";
import { type CalloutTarget, calloutSender } from "./salesforce/calloutSender.ts";
import { salesforceDrafts } from "./salesforce/drafts.ts";
import { outboundSender } from "./salesforce/outboundSender.ts";
import { zendeskDrafts, zendeskEvents } from "./zendesk/events.ts";
import { type ZendeskTarget, zendeskSender } from "./zendesk/sender.ts";

/** Webhook endpoints of one tenant, as in the lab file. Absent ones receive nothing. */
export interface Targets {
  zendesk?: ZendeskTarget;
  salesforce?: { url: string };
  salesforceCallout?: CalloutTarget;
  mixpanel?: CohortTarget;
}

export interface WebhookOptions {
  lab: Pick<Lab, "tenants" | "webhooks">;
  /** By tenant. */
  targets: Record<string, Targets>;
  clock?: Clock;
  send?: Send;
  /** Folder of the queue file, which survives a restart. */
  dataDir?: string;
}

export interface Webhooks {
  /** Unfinished jobs: late ones, retries and those being sent. */
  waiting(): Job[];
  /** Sends the full cohort of a tenant, in pages. */
  syncCohort(tenant: string, pageSize?: number): void;
  /** Resumes a platform that stopped sending. */
  resume(tenant: string): void;
  close(): Promise<void>;
}

/** Turns every change of the worlds into the webhooks that its platform sends. */
export function openWebhooks({ lab, targets, clock = systemClock, send = fetch, dataDir }: WebhookOptions): Webhooks {
  const senders = new Map<string, Sender>();
  for (const [tenant, endpoints] of Object.entries(targets)) {
    for (const [name, sender] of sendersOf(tenant, lab.tenants[tenant]!, endpoints)) senders.set(`${tenant}/${name}`, sender);
  }
  const { anchor } = Object.values(lab.tenants)[0]!.world;
  const post = openPost({
    sender: (tenant, name) => senders.get(`${tenant}/${name}`),
    clock,
    send,
    webhookLog: lab.webhooks,
    file: queueFile(dataDir, anchor),
  });
  const accept = (drafts: Draft[], tenant: string, cause: Cause | null): void =>
    post.accept(arrange(drafts, cause, tenant, clock.now()), cause);
  let isClosed = false;

  for (const tenant of Object.keys(targets)) {
    const { world } = lab.tenants[tenant]!;
    let last = 0;
    world.onReset(() => post.drop(tenant));
    world.onChange((changes, cause) => {
      if (isClosed) return;
      try {
        // Changes of one millisecond keep their order.
        const now = Math.max(clock.now(), last + 1);
        const drafts = draftsOf(lab.tenants[tenant]!, changes, cause, now);
        if (drafts.length === 0) return;
        last = now;
        accept(drafts, tenant, cause);
      } catch (error) {
        // An error here must not fail the simulator's request.
        console.error(`webhooks of ${tenant}`, error);
      }
    });
  }

  return {
    waiting: post.waiting,
    syncCohort: (tenant, pageSize) => accept(fullSync(lab.tenants[tenant]!.world, pageSize), tenant, null),
    resume: post.resume,
    async close() {
      isClosed = true;
      await post.close();
    },
  };
}

function sendersOf(tenant: string, { world, salesforce, mixpanel }: LabTenant, endpoints: Targets): [SenderName, Sender][] {
  return [
    ...(endpoints.zendesk ? [["zendesk", zendeskSender(tenant, endpoints.zendesk)] as [SenderName, Sender]] : []),
    ...(endpoints.salesforce
      ? [["outboundMessage", outboundSender(world, salesforce.url, endpoints.salesforce)] as [SenderName, Sender]]
      : []),
    ...(endpoints.salesforceCallout ? [["callout", calloutSender(endpoints.salesforceCallout)] as [SenderName, Sender]] : []),
    ...(endpoints.mixpanel
      ? [["cohort", cohortSender(world, mixpanel.credentials.projectId, endpoints.mixpanel)] as [SenderName, Sender]]
      : []),
  ];
}

function draftsOf({ world }: LabTenant, changes: readonly Change[], cause: Cause | null, now: number): Draft[] {
  return [
    ...zendeskDrafts(zendeskEvents(world, changes, cause, now)),
    ...salesforceDrafts(world, changes, now),
    ...cohortDrafts(changes),
  ];
}

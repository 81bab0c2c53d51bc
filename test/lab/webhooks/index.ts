import type { Clock } from "../simulators/clock.ts";
import { systemClock } from "../simulators/clock.ts";
import type { Lab, LabTenant } from "../simulators/lab.ts";
import type { Cause } from "../world/cause.ts";
import type { Change } from "../world/table.ts";
import { arrange } from "./deliveries.ts";
import type { Send } from "./exchange.ts";
import type { Draft, Job, Lane, LaneName } from "./job.ts";
import { cohortDrafts, fullSync } from "./mixpanel/cohort.ts";
import { type CohortTarget, cohortLane } from "./mixpanel/lane.ts";
import { openPost } from "./post.ts";
import { queueFile } from "./queueFile.ts";
import { type CalloutTarget, calloutLane } from "./salesforce/calloutLane.ts";
import { salesforceDrafts } from "./salesforce/drafts.ts";
import { outboundLane } from "./salesforce/outboundLane.ts";
import { zendeskDrafts, zendeskEvents } from "./zendesk/events.ts";
import { type ZendeskTarget, zendeskLane } from "./zendesk/lane.ts";

/** Where one tenant's platforms send to, as the lab file has it. What is left out is sent nowhere. */
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
  /** Keeps what waits over a restart. */
  dataDir?: string;
}

export interface Webhooks {
  /** What is not over: late ones, those to be tried again, those under way. */
  waiting(): Job[];
  /** Sends the whole cohort of a tenant, in pages. */
  syncCohort(tenant: string, pageSize?: number): void;
  /** Lets a platform go on that had stopped sending. */
  resume(tenant: string): void;
  close(): Promise<void>;
}

/** Turns every change of the worlds into the webhooks that its platform would send, whoever made it. */
export function openWebhooks({ lab, targets, clock = systemClock, send = fetch, dataDir }: WebhookOptions): Webhooks {
  const lanes = new Map<string, Lane>();
  for (const [tenant, own] of Object.entries(targets)) {
    for (const [name, lane] of lanesOf(tenant, lab.tenants[tenant]!, own)) lanes.set(`${tenant}/${name}`, lane);
  }
  const { anchor } = Object.values(lab.tenants)[0]!.world;
  const post = openPost({
    lane: (tenant, name) => lanes.get(`${tenant}/${name}`),
    clock,
    send,
    sent: lab.webhooks,
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
        // Two changes of one moment still have an order.
        const now = Math.max(clock.now(), last + 1);
        const drafts = draftsOf(lab.tenants[tenant]!, changes, cause, now);
        if (drafts.length === 0) return;
        last = now;
        accept(drafts, tenant, cause);
      } catch (error) {
        // A simulator that has done its work must not fail for what comes of it.
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

function lanesOf(tenant: string, { world, salesforce, mixpanel }: LabTenant, to: Targets): [LaneName, Lane][] {
  return [
    ...(to.zendesk ? [["zendesk", zendeskLane(tenant, to.zendesk)] as [LaneName, Lane]] : []),
    ...(to.salesforce ? [["outboundMessage", outboundLane(world, salesforce.url, to.salesforce)] as [LaneName, Lane]] : []),
    ...(to.salesforceCallout ? [["callout", calloutLane(to.salesforceCallout)] as [LaneName, Lane]] : []),
    ...(to.mixpanel ? [["cohort", cohortLane(world, mixpanel.credentials.projectId, to.mixpanel)] as [LaneName, Lane]] : []),
  ];
}

function draftsOf({ world }: LabTenant, changes: readonly Change[], cause: Cause | null, now: number): Draft[] {
  return [
    ...zendeskDrafts(zendeskEvents(world, changes, cause, now)),
    ...salesforceDrafts(world, changes, now),
    ...cohortDrafts(changes),
  ];
}

import type { ConnectionTools, Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import { mixpanelActions } from "./actions/index.ts";
import { createClient } from "./client.ts";
import { distinctId, membershipId } from "./ids.ts";
import { lookup, refetch } from "./lookup.ts";
import { hosts, MixpanelOptions } from "./options.ts";
import { mixpanelSetup } from "./setup.ts";
import { mixpanelStreams } from "./streams.ts";
import { cohorts } from "./webhook/cohorts.ts";

export const mixpanel: Platform<MixpanelOptions> = {
  name: "mixpanel",
  label: "Mixpanel",
  section: "product",
  sectionObjects: ["usage"],
  freshness: { freshMinutes: 360, staleMinutes: 1440 },
  objects: {
    user: { kind: "person", canonicalId: distinctId },
    usage: { kind: "usage", canonicalId: distinctId },
    membership: { kind: "membership", canonicalId: membershipId },
  },
  finds: ["email"],
  setup: mixpanelSetup,
  webhooks: { cohorts },
  options: MixpanelOptions,
  pools: ({ queriesPerHour }) => ({
    query: { limit: queriesPerHour, windowMs: 3_600_000 },
    // Raw export: "60 queries per hour, 3 queries per second". Requests don't arrive as evenly as they leave, hence the margin.
    export: { limit: 3, windowMs: 1_500, unreserved: true },
    // "2 GB of uncompressed JSON a minute, or some 30,000 events a second": 15 requests of 2,000 events. By fifths of a second, so that
    // a stream is sent in small pieces soon rather than waiting for the next second.
    ingest: { limit: 3, windowMs: 200, unreserved: true },
  }),
  connect,
};

function connect(options: MixpanelOptions, tools: ConnectionTools): Connector {
  const client = createClient(options, tools);
  const { connection, timeZone, now } = tools;
  const shared = { client, options, connection, timeZone, now };
  const app = hosts(options).app.replace(/\/$/, "");
  return {
    funnel: options.mapping.funnel,
    streams: mixpanelStreams(shared),
    lookup: (query, call) => lookup(shared, query, call),
    refetch: (refs, call, current) => refetch(shared, refs, call, current),
    actions: mixpanelActions(client, tools),
    link: (object, id) =>
      object === "user" || object === "usage"
        ? `${app}/project/${options.projectId}/app/profile#distinct_id=${encodeURIComponent(id)}`
        : null,
    async check(call) {
      await client.engage({ distinct_ids: JSON.stringify(["sidelight-connection-check"]) }, call);
    },
    close: () => client.close(),
  };
}

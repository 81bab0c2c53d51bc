import { withIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import type { ConnectionTools, Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import { mixpanelActions } from "./actions/index.ts";
import { createClient } from "./client.ts";
import { eventSchemas } from "./eventSchemas.ts";
import { mixpanelFields } from "./fieldAccess.ts";
import { distinctId, membershipId } from "./ids.ts";
import { lookup, refetch } from "./lookup.ts";
import { hosts, MixpanelOptions } from "./options.ts";
import { createProjectDays } from "./projectDays.ts";
import { routingSettings, samples } from "./routing.ts";
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
    user: { kind: "person", canonicalId: distinctId, hasChosenIds: true },
    usage: { kind: "usage", canonicalId: distinctId, hasChosenIds: true },
    membership: { kind: "membership", canonicalId: membershipId, hasChosenIds: true },
  },
  lookupKeys: ["email"],
  setup: mixpanelSetup,
  webhooks: { cohorts },
  options: MixpanelOptions,
  defaultRoutes: new URL("./defaultRoutes.yaml", import.meta.url),
  routingSettings,
  eventSchemas,
  samples,
  fields: mixpanelFields,
  eventDataSample: { cohort: { id: "1", name: "Power users" } },
  eventTypes: { user: ["cohort_entered", "cohort_left"] },
  configuredEventTypes: (webhooks) =>
    webhooks.flatMap(({ cohorts }) =>
      Object.values((cohorts ?? {}) as Record<string, string>).map((name) => `mixpanel.user.${name}`),
    ),
  quotas: ({ queriesPerHour }) => ({
    query: { limit: queriesPerHour, windowMs: 3_600_000 },
    // Raw export: "60 queries per hour, 3 queries per second". The longer window allows for uneven arrival.
    export: { limit: 3, windowMs: 1_500, unreserved: true },
    // "2 GB of uncompressed JSON a minute, or some 30,000 events a second": 15 requests of 2,000 events. The window of 200 ms sends a
    // stream in small batches instead of one burst a second.
    ingest: { limit: 3, windowMs: 200, unreserved: true },
  }),
  monthlyCap: ({ eventsPerMonth, projectTimeZone = "UTC" }) =>
    eventsPerMonth === null ? null : { limit: eventsPerMonth, timeZone: projectTimeZone },
  connect,
};

function connect(options: MixpanelOptions, tools: ConnectionTools): Connector {
  const client = createClient(options, tools);
  const { connection, timeZone, now, monotonic } = tools;
  const projectDays = createProjectDays({ projectZone: options.projectTimeZone, now, monotonic });
  const streamTools = {
    client,
    options: withIdentifiers(options, tools.identifiers, tools.fields),
    connection,
    timeZone,
    now,
    monotonic,
    quotaLeft: tools.quotaLeft,
    projectDays,
  };
  const app = hosts(options).app.replace(/\/$/, "");
  return {
    funnel: options.mapping.funnel,
    streams: mixpanelStreams(streamTools),
    lookup: (query, call, readCurrent) => lookup(streamTools, query, call, readCurrent),
    refetch: (refs, call, readCurrent) => refetch(streamTools, refs, call, readCurrent),
    actions: mixpanelActions(client, tools, streamTools.options.mapping),
    link: (object, id) =>
      object === "user" || object === "usage"
        ? `${app}/project/${options.projectId}/app/profile#distinct_id=${encodeURIComponent(id)}`
        : null,
    async check(call) {
      await client.engage({ distinct_ids: JSON.stringify(["sidelight-connection-check"]) }, call);
    },
    reachable: client.reachable,
    close: () => client.close(),
  };
}

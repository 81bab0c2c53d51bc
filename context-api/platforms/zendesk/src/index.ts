import { splitRef } from "@sidelight/model/refs.ts";
import { withIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import { createPageSize } from "@sidelight/platform-kit/pageSize.ts";
import type { ConnectionTools, Connector, Platform, Shape } from "@sidelight/platform-kit/platform.ts";
import { z } from "zod";
import { zendeskActions } from "./actions/index.ts";
import { createAuthorship } from "./audits.ts";
import { createClient } from "./client.ts";
import { createFields } from "./createFields.ts";
import { eventSchemas } from "./eventSchemas.ts";
import { eventTypes } from "./eventTypes.ts";
import { zendeskFields } from "./fieldAccess.ts";
import { followUpNote } from "./followUp.ts";
import { lookup, refetch } from "./lookup.ts";
import { ZendeskOptions } from "./options.ts";
import { zendeskSignIn } from "./panelSignIn.ts";
import { routingSettings, samples } from "./routing.ts";
import { byEmail } from "./search.ts";
import { zendeskSetup } from "./setup.ts";
import { shape } from "./shape.ts";
import { maxExportSize, zendeskStreams } from "./streams.ts";
import { events } from "./webhook.ts";

/** Zendesk's ids of survey responses are ULIDs. */
const surveyId = (id: string): string | null => (/^[A-Za-z0-9-]{1,64}$/.test(id) ? id : null);
const numericId = (id: string): string | null => (/^[1-9]\d{0,18}$/.test(id) ? id : null);

export const zendesk: Platform<ZendeskOptions> = {
  name: "zendesk",
  label: "Zendesk",
  section: "support",
  sectionObjects: ["ticket"],
  freshness: { freshMinutes: 2, staleMinutes: 15 },
  objects: {
    ticket: { kind: "ticket", canonicalId: numericId },
    user: { kind: "person", canonicalId: numericId },
    organization: { kind: "company", canonicalId: numericId },
    rating: { kind: "rating", canonicalId: numericId },
    survey: { kind: "rating", canonicalId: surveyId },
  },
  lookupKeys: ["email", "phone"],
  setup: zendeskSetup,
  webhooks: { events },
  options: ZendeskOptions,
  defaultRoutes: new URL("./defaultRoutes.yaml", import.meta.url),
  routingSettings,
  eventSchemas,
  samples,
  fields: zendeskFields,
  eventDataSample: { previous: "open", current: "solved", field: "1", comment: { id: "1", isPublic: true, byStaff: false } },
  eventTypes,
  quotas: ({ requestsPerMinute, exportsPerMinute, ticketUpdatesPerMinute }) => ({
    core: { limit: requestsPerMinute, windowMs: 60_000 },
    export: { limit: exportsPerMinute, windowMs: 60_000, unreserved: true },
    updates: { limit: ticketUpdatesPerMinute, windowMs: 60_000, unreserved: true },
  }),
  connect,
};

function connect(options: ZendeskOptions, tools: ConnectionTools): Connector {
  const client = createClient(options, tools);
  const streamTools = {
    client,
    options: withIdentifiers(options, tools.identifiers, tools.fields),
    connection: tools.connection,
    now: tools.now,
    platformNow: tools.platformNow,
    monotonic: tools.monotonic,
    exportSize: createPageSize({ min: 100, max: maxExportSize, quotaLeft: () => tools.quotaLeft("export") }),
  };
  const app = (options.appUrl ?? options.url).replace(/\/$/, "");
  const isOwnUpdate = createAuthorship(client);
  let missingFields: string[] = [];
  return {
    streams: zendeskStreams(streamTools),
    lookup: (query, call, readCurrent) => lookup(streamTools, query, call, readCurrent),
    refetch: (refs, call, readCurrent) => refetch(streamTools, refs, call, readCurrent),
    isOwnChange: async (ref, instant, call) => {
      const { object, id } = splitRef(ref);
      return object === "ticket" && (await isOwnUpdate(id, instant, call));
    },
    ...(options.panel ? { signIn: zendeskSignIn({ ...options, panel: options.panel }, client, tools) } : {}),
    actions: zendeskActions(client, tools, streamTools.options.mapping),
    followUp: followUpNote,
    async shape(call) {
      const current = await shape(streamTools, call);
      missingFields = current.mapped.filter((name) => !hasField(current, name));
      return current;
    },
    missing: () => missingFields,
    createFields: (call) => createFields(streamTools, call),
    link: (object, id) => {
      if (object === "ticket") return `${app}/agent/tickets/${id}`;
      if (object === "user") return `${app}/agent/users/${id}/requested_tickets`;
      return object === "organization" ? `${app}/agent/organizations/${id}/tickets` : null;
    },
    checkQuota: "core",
    async check(call) {
      const route = "/api/v2/users/search";
      await client.get(`${route}?query=${encodeURIComponent(byEmail("nobody@example.com"))}`, route, z.looseObject({}), call);
    },
    close: () => client.close(),
  };
}

/** False for a field that was deleted or deactivated. `user.plan` */
function hasField({ objects }: Shape, name: string): boolean {
  const dot = name.indexOf(".");
  return Object.hasOwn(objects[name.slice(0, dot)] ?? {}, name.slice(dot + 1));
}

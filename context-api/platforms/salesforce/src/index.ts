import type { ConnectionTools, Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforceActions } from "./actions/index.ts";
import { subscribe } from "./changes/subscribe.ts";
import { createClient } from "./client.ts";
import { fetch, lookup, refetch } from "./lookup.ts";
import type { SalesforceObject } from "./objects.ts";
import { idPrefixes, objectOf } from "./objects.ts";
import { SalesforceOptions } from "./options.ts";
import { routingSettings, samples } from "./routing.ts";
import { salesforceSetup } from "./setup.ts";
import { shape } from "./shape.ts";
import { canonicalId } from "./soql.ts";
import { salesforceStreams } from "./streams.ts";
import { callouts } from "./webhook/callouts.ts";
import { outboundMessages } from "./webhook/outboundMessages.ts";

const idOf = (object: SalesforceObject) => (id: string) => canonicalId(id, [idPrefixes[object]]);

export const salesforce: Platform<SalesforceOptions> = {
  name: "salesforce",
  label: "Salesforce",
  section: "account",
  sectionObjects: ["account", "opportunity", "task", "event"],
  freshness: { freshMinutes: 15, staleMinutes: 120 },
  objects: {
    account: { kind: "company", canonicalId: idOf("Account") },
    contact: { kind: "person", canonicalId: idOf("Contact") },
    lead: { kind: "person", canonicalId: idOf("Lead") },
    opportunity: { kind: "opportunity", canonicalId: idOf("Opportunity") },
    task: { kind: "activity", canonicalId: idOf("Task") },
    event: { kind: "activity", canonicalId: idOf("Event") },
    case: { kind: "case", canonicalId: idOf("Case") },
  },
  // Phone numbers are stored as they were typed; SOQL can't compare them by meaning.
  lookupKeys: ["email", "domain"],
  setup: salesforceSetup,
  webhooks: { "outbound-messages": outboundMessages, callouts },
  options: SalesforceOptions,
  defaultRoutes: new URL("./defaultRoutes.yaml", import.meta.url),
  routingSettings,
  expressionSettings: ["case.when"],
  samples,
  quotas: ({ requestsPerDay }) => ({ daily: { limit: requestsPerDay, windowMs: 86_400_000 } }),
  connect,
};

function connect(options: SalesforceOptions, tools: ConnectionTools): Connector {
  const client = createClient(options, tools);
  const streamTools = { client, options, connection: tools.connection, now: tools.now };
  const { changeDataCapture } = options;
  const app = (options.appUrl ?? options.url).replace(/\/$/, "");
  return {
    streams: salesforceStreams(streamTools),
    lookup: (query, call) => lookup(streamTools, query, call),
    fetch: (refs, call) => fetch(streamTools, refs, call),
    refetch: (refs, call) => refetch(streamTools, refs, call),
    ...(changeDataCapture ? { subscribe: (subscription) => subscribe({ ...streamTools, changeDataCapture }, subscription) } : {}),
    actions: salesforceActions(streamTools),
    shape: (call) => shape(streamTools, call),
    link: (object, id) => (objectOf[object] ? `${app}/lightning/r/${objectOf[object]}/${id}/view` : null),
    async check(call) {
      await client.fields("Account", call);
    },
    close: () => client.close(),
  };
}

import { calendarDays } from "@sidelight/model/calendar.ts";
import { salesforceId } from "@sidelight/model/identifiers/recordIds.ts";
import { withIdentifiers } from "@sidelight/platform-kit/identifiers.ts";
import type { CallOptions, ConnectionTools, Connector, Platform } from "@sidelight/platform-kit/platform.ts";
import { salesforceActions } from "./actions/index.ts";
import { subscribe } from "./changes/subscribe.ts";
import { createClient, type SalesforceClient } from "./client.ts";
import { salesforceFields } from "./fieldAccess.ts";
import { followUpTask } from "./followUp.ts";
import { fetch, lookup, refetch } from "./lookup.ts";
import type { SalesforceObject } from "./objects.ts";
import { idPrefixes, objectOf } from "./objects.ts";
import { SalesforceOptions } from "./options.ts";
import { createOrgSchema } from "./orgSchema.ts";
import { salesforceSignIn } from "./panelSignIn.ts";
import { isMissingObject, MissingObjectError } from "./refusal.ts";
import { routingSettings, samples } from "./routing.ts";
import { salesforceSetup } from "./setup.ts";
import { shape } from "./shape.ts";
import { salesforceStreams } from "./streams.ts";
import { callouts } from "./webhook/callouts.ts";
import { outboundMessages } from "./webhook/outboundMessages.ts";

const idOf = (object: SalesforceObject) => (id: string) => salesforceId(id, [idPrefixes[object]]);

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
  fields: salesforceFields,
  eventDataSample: { fields: ["Name"], name: "escalated" },
  // The author of a flow chooses the name of the change that a callout reports.
  configuredEventTypes: (webhooks) =>
    webhooks.some(({ kind }) => kind === "callouts") ? Object.keys(objectOf).map((object) => `salesforce.${object}.*`) : [],
  certificates: ({ panel }) => panel?.certificates ?? [],
  quotas: ({ requestsPerDay }) => ({ daily: { limit: requestsPerDay, windowMs: 86_400_000 } }),
  connect,
};

/** A query, because reads and pulls are queries: they may fail while the rest of the API works. */
async function checkQuery(client: SalesforceClient, call: CallOptions): Promise<void> {
  try {
    for await (const _page of client.pages("SELECT Id FROM Account LIMIT 1", call)) return;
  } catch (error) {
    throw isMissingObject(error) ? new MissingObjectError("Account") : error;
  }
}

function connect(options: SalesforceOptions, tools: ConnectionTools): Connector {
  const client = createClient(options, tools);
  const mapping = { ...options.mapping, dayOf: calendarDays(tools.timeZone) };
  const readOptions = withIdentifiers({ ...options, mapping }, tools.identifiers, tools.fields);
  const schema = createOrgSchema(client, readOptions, tools.monotonic);
  const streamTools = {
    client,
    schema,
    options: readOptions,
    connection: tools.connection,
    timeZone: tools.timeZone,
    now: tools.now,
    platformNow: tools.platformNow,
    quotaLeft: tools.quotaLeft,
  };
  const { changeDataCapture } = options;
  const app = (options.appUrl ?? options.url).replace(/\/$/, "");
  return {
    streams: salesforceStreams(streamTools),
    lookup: (query, call, readCurrent) => lookup(streamTools, query, call, readCurrent),
    fetch: (refs, call, readCurrent) => fetch(streamTools, refs, call, readCurrent),
    refetch: (refs, call, readCurrent) => refetch(streamTools, refs, call, readCurrent),
    ...(changeDataCapture ? { subscribe: (subscription) => subscribe({ ...streamTools, changeDataCapture }, subscription) } : {}),
    ...(options.panel ? { signIn: salesforceSignIn(options.panel, tools) } : {}),
    actions: salesforceActions(streamTools),
    followUp: followUpTask,
    missing: () => schema.missing(),
    hidden: () => schema.hidden(),
    shape: (call) => shape(streamTools, call),
    link: (object, id) => (objectOf[object] ? `${app}/lightning/r/${objectOf[object]}/${id}/view` : null),
    checkQuota: "daily",
    async check(call) {
      await checkQuery(client, call);
    },
    close: () => client.close(),
  };
}

import type { Canary, CanaryRequest, StartedCanary } from "@sidelight/contracts/config/canary.ts";
import type { ConfigChange, ConfigChangeRequest } from "@sidelight/contracts/config/change.ts";
import type { ConfigStatus, ConfigVersion, ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import type { Conflict, ResolvedConflict, ResolveRequest } from "@sidelight/contracts/conflicts/conflict.ts";
import type { Fields } from "@sidelight/contracts/conflicts/fields.ts";
import type { Alert, ChannelTest, MuteRequest } from "@sidelight/contracts/connections/alert.ts";
import type { Call } from "@sidelight/contracts/connections/call.ts";
import type {
  ActedConnection,
  ConnectionAction,
  ConnectionStatus,
  RetriedConnection,
} from "@sidelight/contracts/connections/connection.ts";
import type { CostReport, Costs } from "@sidelight/contracts/costs/costs.ts";
import type { Delivery, DeliveryDetail, RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import type { Event, EventWithTrace } from "@sidelight/contracts/events/event.ts";
import type { Quarantined, ReleasedMessage } from "@sidelight/contracts/events/quarantine.ts";
import type { Replay, ReplayPreview, ReplayRequest } from "@sidelight/contracts/events/replay.ts";
import type { Routes, RouteTest, RouteTestRequest } from "@sidelight/contracts/events/route.ts";
import type { Freshness } from "@sidelight/contracts/freshness/freshness.ts";
import type { Overview } from "@sidelight/contracts/overview/overview.ts";
import type { CustomerQuality, Quality, QualityReport } from "@sidelight/contracts/quality/quality.ts";
import type { SearchResult } from "@sidelight/contracts/search/search.ts";
import type { z } from "zod";
import { type ListOptions, type Page, pageFrom } from "./lists.ts";
import type { CallOptions, Sender } from "./send.ts";

/** Which dead letters are requeued. `{}` means all. */
export interface RetryFilter {
  /** Id of the target connection. */
  source?: string;
  /** Id of the route. */
  type?: string;
  cause?: string;
  /** True counts what matches, and retries nothing. */
  preview?: boolean;
}

export function eventOperations({ send, sendOnly }: Sender) {
  const inQuarantine = (id: string) => `/v1/quarantine/${encodeURIComponent(id)}`;
  return {
    /** Events of the log, newest first. `source` is a platform, `type` an event type, `sourceEventId` the platform's own id. */
    getEvents: (options: ListOptions & { sourceEventId?: string } = {}): Promise<Page<Event>> =>
      pageFrom(send, "/v1/events", options, "events"),

    /** One event, the customer's state when it arrived, and the stages that it has reached. */
    async getEvent(eventId: string, { signal }: CallOptions = {}): Promise<EventWithTrace> {
      return (await send(`/v1/events/${encodeURIComponent(eventId)}`, { signal }, "event")).body;
    },

    /** What a replay would send. Nothing is sent. */
    async previewReplay(request: Omit<ReplayRequest, "preview">, { signal }: CallOptions = {}): Promise<ReplayPreview> {
      const body = { ...request, preview: true };
      return (await send("/v1/events/replay", { method: "POST", body, signal }, "replayPreview")).body;
    },

    /** Starts to route past events to one target again. */
    async replayEvents(request: Omit<ReplayRequest, "preview">, { signal }: CallOptions = {}): Promise<Replay> {
      return (await send("/v1/events/replay", { method: "POST", body: request, signal }, "replay")).body;
    },

    /** Replays, newest first. */
    getReplays: (options: Omit<ListOptions, "source" | "type"> = {}): Promise<Page<Replay>> =>
      pageFrom(send, "/v1/events/replays", options, "replays"),

    /** Stops a replay: no further delivery is created. */
    async stopReplay(id: string, { signal }: CallOptions = {}): Promise<Replay> {
      return (await send(`/v1/events/replays/${encodeURIComponent(id)}/stop`, { method: "POST", signal }, "replay")).body;
    },

    /** Verified messages that could not be used, newest first. */
    getQuarantine: (options: ListOptions = {}): Promise<Page<Quarantined>> =>
      pageFrom(send, "/v1/quarantine", options, "quarantine"),

    /** Parses a message in quarantine again, after a fix. */
    async releaseQuarantined(id: string, { signal }: CallOptions = {}): Promise<ReleasedMessage> {
      return (await send(`${inQuarantine(id)}/release`, { method: "POST", signal }, "released")).body;
    },

    /** Deletes a message in quarantine for good. */
    async discardQuarantined(id: string, { signal }: CallOptions = {}): Promise<void> {
      await sendOnly(`${inQuarantine(id)}/discard`, { method: "POST", signal });
    },
  };
}

export function deliveryOperations({ send }: Sender) {
  return {
    /** Deliveries, newest first. `source` is a target connection, `type` a route. */
    getDeliveries: (options: ListOptions & { cause?: string } = {}): Promise<Page<Delivery>> =>
      pageFrom(send, "/v1/deliveries", options, "deliveries"),

    /** One delivery, with the customers that it may be a duplicate of. */
    async getDelivery(id: string, { signal }: CallOptions = {}): Promise<DeliveryDetail> {
      return (await send(`/v1/deliveries/${encodeURIComponent(id)}`, { signal }, "delivery")).body;
    },

    /** Requeues one dead letter, or makes a waiting delivery due now. `create` creates the record although it may be a duplicate. */
    async retryDelivery(
      id: string,
      { signal, create = false }: CallOptions & { create?: boolean } = {},
    ): Promise<RetriedDeliveries> {
      const path = `/v1/deliveries/${encodeURIComponent(id)}/retry`;
      return (await send(create ? `${path}?create=true` : path, { method: "POST", signal }, "retried")).body;
    },

    /** Requeues all dead letters that match. There is no default filter, so that nothing is requeued by mistake. */
    async retryDeliveries(filter: RetryFilter, { signal }: CallOptions = {}): Promise<RetriedDeliveries> {
      return (await send("/v1/deliveries/retry", { method: "POST", body: filter, signal }, "retried")).body;
    },

    /** What each active route would make of a past event, or of an object as it is now. Nothing is sent. */
    async testRoutes(request: RouteTestRequest, { signal }: CallOptions = {}): Promise<RouteTest> {
      return (await send("/v1/config/routes/test", { method: "POST", body: request, signal }, "routeTest")).body;
    },

    /** The active routes, with their deliveries of the last hours; 24 by default. */
    async getRoutes({ hours = 24, signal }: CallOptions & { hours?: number } = {}): Promise<Routes> {
      return (await send("/v1/config/routes", { query: { hours }, signal }, "routes")).body;
    },
  };
}

export function fieldOperations({ send }: Sender) {
  return {
    /** Fields whose values differ between platforms, and what was decided, newest first. `type` is the name of a field. */
    getConflicts: (options: Omit<ListOptions, "source"> = {}): Promise<Page<Conflict>> =>
      pageFrom(send, "/v1/conflicts", options, "conflicts"),

    /** The fields of the configuration, with their conflicts and writes of the last hours; 24 by default. */
    async getFields({ hours = 24, signal }: CallOptions & { hours?: number } = {}): Promise<Fields> {
      return (await send("/v1/fields", { query: { hours }, signal }, "fields")).body;
    },

    /** Decides an open conflict: takes the value of a platform, or another value. */
    async resolveConflict(id: string, request: ResolveRequest, { signal }: CallOptions = {}): Promise<ResolvedConflict> {
      const path = `/v1/conflicts/${encodeURIComponent(id)}/resolve`;
      return (await send(path, { method: "POST", body: request, signal }, "resolvedConflict")).body;
    },
  };
}

export function configOperations({ send }: Sender) {
  return {
    /** The active configuration, and what is wrong with its files. */
    async getConfig({ signal }: CallOptions = {}): Promise<ConfigStatus> {
      return (await send("/v1/config", { signal }, "config")).body;
    },

    /** Configurations that were active, newest first. `type` is start, reload or rollback. */
    getConfigVersions: (options: Omit<ListOptions, "source" | "state"> = {}): Promise<Page<ConfigVersion>> =>
      pageFrom(send, "/v1/config/versions", options, "configVersions"),

    /** One of them, with its YAML. */
    async getConfigVersion(version: string, { signal }: CallOptions = {}): Promise<ConfigVersionText> {
      return (await send(`/v1/config/versions/${encodeURIComponent(version)}`, { signal }, "configVersion")).body;
    },

    /** Checks a change of the configuration, tries it with past events, or applies it. It stays active until the files change. */
    async changeConfig(request: ConfigChangeRequest, { signal }: CallOptions = {}): Promise<ConfigChange> {
      return (await send("/v1/config", { method: "POST", body: request, signal }, "configChange")).body;
    },

    /** Tries a change of the routes with a part of the events. */
    async startCanary(request: CanaryRequest, { signal }: CallOptions = {}): Promise<StartedCanary> {
      return (await send("/v1/config/canaries", { method: "POST", body: request, signal }, "startedCanary")).body;
    },

    /** Canaries, newest first. */
    getCanaries: (options: Omit<ListOptions, "source" | "type" | "since"> = {}): Promise<Page<Canary>> =>
      pageFrom(send, "/v1/config/canaries", options, "canaries"),

    /** Stops a canary: the active version handles all events again. */
    async stopCanary(id: string, { signal }: CallOptions = {}): Promise<Canary> {
      return (await send(`/v1/config/canaries/${encodeURIComponent(id)}/stop`, { method: "POST", signal }, "canary")).body;
    },

    /** Activates the version of a canary for all events. It stays active until the files change. */
    async promoteCanary(id: string, { signal }: CallOptions = {}): Promise<Canary> {
      return (await send(`/v1/config/canaries/${encodeURIComponent(id)}/promote`, { method: "POST", signal }, "canary")).body;
    },

    /** Activates an earlier version at once. It stays active until the files change. */
    async rollbackConfig(
      version: string,
      { reason, signal }: CallOptions & { reason?: string | undefined } = {},
    ): Promise<ConfigStatus> {
      return (await send("/v1/config/rollback", { method: "POST", body: { version, reason }, signal }, "config")).body;
    },
  };
}

/** Filters of the calls to the platforms. `status` 0 has no answer; `requestId` is a request to this API. */
type CallListOptions = Omit<ListOptions, "type" | "state"> & {
  connection?: string;
  route?: string;
  status?: number;
  requestId?: string;
};

export function connectionOperations({ send, open }: Sender) {
  return {
    /** State of each connection: last success, lag, quota, circuit breakers, streams. */
    async getConnections({ signal }: CallOptions = {}): Promise<ConnectionStatus[]> {
      return (await send("/v1/connections", { signal }, "connections")).body.items;
    },

    /** Ends every wait of a connection: its circuit breakers probe, and its pulls and deliveries run now. */
    async retryConnection(id: string, { signal }: CallOptions = {}): Promise<RetriedConnection> {
      const path = `/v1/connections/${encodeURIComponent(id)}/retry`;
      return (await send(path, { method: "POST", signal }, "retriedConnection")).body;
    },

    /** Probes, pulls, pauses or resumes a connection, or reads its secrets again. */
    async actOnConnection(id: string, action: ConnectionAction, { signal }: CallOptions = {}): Promise<ActedConnection> {
      const path = `/v1/connections/${encodeURIComponent(id)}/${action}`;
      return (await send(path, { method: "POST", signal }, "actedConnection")).body;
    },

    /** What an operator has to know, and what to do next. */
    async getOverview({ signal }: CallOptions = {}): Promise<Overview> {
      return (await send("/v1/overview", { signal }, "overview")).body;
    },

    /** The overview and its changes, as an open response with server-sent events `overview`. */
    watchOverview: ({ signal }: CallOptions = {}): Promise<Response> =>
      open("/v1/overview/stream", { headers: { accept: "text/event-stream" }, signal }),

    /** What an id or a value names. It is sent in the body, so that no address is in a URL. */
    async search(query: string, { signal }: CallOptions = {}): Promise<SearchResult> {
      return (await send("/v1/search", { method: "POST", body: { query }, signal }, "search")).body;
    },

    /** Calls to the platforms, newest first. */
    getCalls: (options: CallListOptions = {}): Promise<Page<z.infer<typeof Call>>> =>
      pageFrom(send, "/v1/calls", options, "calls"),

    /** Alerts, newest first. */
    getAlerts: (options: ListOptions = {}): Promise<Page<Alert>> => pageFrom(send, "/v1/alerts", options, "alerts"),

    /** Takes an open alert on: it is not escalated. */
    async acknowledgeAlert(id: string, { signal }: CallOptions = {}): Promise<Alert> {
      return (await send(`/v1/alerts/${encodeURIComponent(id)}/acknowledge`, { method: "POST", signal }, "alert")).body;
    },

    /** Sends no message about an alert for a time. `{ minutes: 0 }` ends it. */
    async muteAlert(id: string, request: MuteRequest, { signal }: CallOptions = {}): Promise<Alert> {
      const path = `/v1/alerts/${encodeURIComponent(id)}/mute`;
      return (await send(path, { method: "POST", body: request, signal }, "alert")).body;
    },

    /** Sends a test message to a channel. */
    async testAlertChannel(channel: ChannelTest["channel"], { signal }: CallOptions = {}): Promise<ChannelTest> {
      return (await send("/v1/alerts/test", { method: "POST", body: { channel }, signal }, "channelTest")).body;
    },

    /** The quality of all data, as it was measured last. */
    async getQuality({ signal }: CallOptions = {}): Promise<Quality> {
      return (await send("/v1/quality", { signal }, "quality")).body;
    },

    /** How old data is when it arrives, against its objectives. */
    async getFreshness({ signal }: CallOptions = {}): Promise<Freshness> {
      return (await send("/v1/freshness", { signal }, "freshness")).body;
    },

    /** Calls, events and costs of a month (`2026-11`), of this one when left out. */
    async getCosts({ month, signal }: CallOptions & { month?: string } = {}): Promise<Costs> {
      return (await send("/v1/costs", { query: { month }, signal }, "costs")).body;
    },

    /** The costs of a month beside those of the month before. */
    async getCostReport({ month, signal }: CallOptions & { month?: string } = {}): Promise<CostReport> {
      return (await send("/v1/costs/report", { query: { month }, signal }, "costReport")).body;
    },

    /** The quality of one customer's records, measured now. */
    async getCustomerQuality(ref: string, { signal }: CallOptions = {}): Promise<CustomerQuality> {
      return (await send("/v1/quality", { query: { ref }, signal }, "customerQuality")).body;
    },

    /** What became better or worse in a week. */
    async getQualityReport({ signal }: CallOptions = {}): Promise<QualityReport> {
      return (await send("/v1/quality/report", { signal }, "qualityReport")).body;
    },
  };
}

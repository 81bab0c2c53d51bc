import type { ConfigStatus, ConfigVersion, ConfigVersionText } from "@sidelight/contracts/config/configuration.ts";
import type { Conflict, ResolvedConflict, ResolveRequest } from "@sidelight/contracts/conflicts/conflict.ts";
import type { Fields } from "@sidelight/contracts/conflicts/fields.ts";
import type { Alert } from "@sidelight/contracts/connections/alert.ts";
import type { Call } from "@sidelight/contracts/connections/call.ts";
import type { ConnectionStatus, RetriedConnection } from "@sidelight/contracts/connections/connection.ts";
import type { Delivery, DeliveryDetail, RetriedDeliveries } from "@sidelight/contracts/events/delivery.ts";
import type { Event, EventWithTrace } from "@sidelight/contracts/events/event.ts";
import type { Quarantined, ReleasedMessage } from "@sidelight/contracts/events/quarantine.ts";
import type { Routes, RouteTest, RouteTestRequest } from "@sidelight/contracts/events/route.ts";
import type { CustomerQuality, Quality, QualityReport } from "@sidelight/contracts/quality/quality.ts";
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
    getDeliveries: (options: ListOptions = {}): Promise<Page<Delivery>> =>
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

    /** Activates an earlier version at once. It stays active until the files change. */
    async rollbackConfig(version: string, { signal }: CallOptions = {}): Promise<ConfigStatus> {
      return (await send("/v1/config/rollback", { method: "POST", body: { version }, signal }, "config")).body;
    },
  };
}

export function connectionOperations({ send }: Sender) {
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

    /** Calls to the platforms, newest first. */
    getCalls: (options: ListOptions = {}): Promise<Page<z.infer<typeof Call>>> => pageFrom(send, "/v1/calls", options, "calls"),

    /** Alerts, newest first. */
    getAlerts: (options: ListOptions = {}): Promise<Page<Alert>> => pageFrom(send, "/v1/alerts", options, "alerts"),

    /** The quality of all data, as it was measured last. */
    async getQuality({ signal }: CallOptions = {}): Promise<Quality> {
      return (await send("/v1/quality", { signal }, "quality")).body;
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

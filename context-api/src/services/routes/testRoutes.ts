import type { RouteTest } from "@sidelight/contracts/events/route.ts";
import { maskDeep } from "@sidelight/model/masking.ts";
import { parseRef } from "@sidelight/model/refs.ts";
import { findEvent } from "../../log/listEvents.ts";
import { withCarriedRecord } from "../../log/payload.ts";
import { createCustomerDataSource } from "../../routing/customerDataSource.ts";
import type { ActiveRoutes } from "../../routing/routes.ts";
import { isTriable, type RouteTrial, tryEvent, tryObject } from "../../routing/testRoutes.ts";
import { reasonWords } from "../events/routeOutcomes.ts";
import { ProblemError, shownId } from "../problemError.ts";
import type { ServedTenant } from "../servedTenant.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { activeRoutesOf } from "./activeRoutes.ts";

export interface RouteTestInput {
  /** Id of a past event. */
  event?: string | undefined;
  /** Ref of an object in the store. */
  ref?: string | undefined;
  /** With `ref`: only routes of this event type. */
  type?: string | undefined;
}

/**
 * What each active route would make of a past event, or of an object as it is now. Sends and writes nothing.
 * @throws {ProblemError} not_found, invalid_ref, invalid_request
 */
export const testRoutes = defineService(
  "operate",
  async ({ served, actor }: ServiceContext, input: RouteTestInput): Promise<RouteTest> => {
    const active = activeRoutesOf(served);
    return maskDeep({ version: active.version, items: await trialsOf(served, active, input) }, actor.rights).value;
  },
);

/** @param active the routes to try; those of the files when they are not active yet */
export async function trialsOf(
  { tenant, contexts }: ServedTenant,
  active: ActiveRoutes,
  { event: eventId, ref, type }: RouteTestInput,
): Promise<RouteTest["items"]> {
  const deps = { log: tenant.log, clock: tenant.clock, customerData: createCustomerDataSource(tenant, contexts) };
  if ((eventId === undefined) === (ref === undefined))
    throw new ProblemError("invalid_request", "Set either event, the id of an event, or ref, the ref of an object.");
  if (eventId !== undefined) {
    const event = await findEvent(tenant.log, eventId);
    if (!event || !isTriable(event))
      throw new ProblemError(
        "not_found",
        `There is no event ${shownId(eventId)}, or its content was erased. GET /v1/events lists the ids.`,
      );
    return (await tryEvent(withCarriedRecord(event), active, deps)).map(view);
  }
  const parsed = parseRef(ref ?? "", tenant.platforms);
  if ("problem" in parsed || parsed.kind !== "object")
    throw new ProblemError("invalid_ref", "Set ref to the ref of an object, as in zendesk.ticket:5158.");
  const trials = await tryObject(parsed.ref, type ?? null, active, deps);
  if (!trials)
    throw new ProblemError("not_found", "The object is not in the store. Open its context once, or choose another one.");
  return trials.map(view);
}

const view = ({ outcome, detail, ...trial }: RouteTrial): RouteTest["items"][number] => ({
  ...trial,
  outcome,
  detail:
    outcome === "no_link" && detail !== null
      ? `The customer has no ${detail}.`
      : (detail ?? reasonWords[outcome as never] ?? null),
});

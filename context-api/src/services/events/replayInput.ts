import { type ReplayScope, routesOfScope } from "../../routing/replay/planReplay.ts";
import type { ActiveRoutes } from "../../routing/routes.ts";
import { ProblemError, shownId } from "../problemError.ts";

/** @throws {ProblemError} invalid_request, for a scope that no active route has, and for an empty time range */
export function requireScope(active: ActiveRoutes, scope: ReplayScope): void {
  const { target, route, since, until } = scope;
  if (until !== null && until <= since)
    throw new ProblemError("invalid_request", "until is not later than since. Set a later instant, or leave it out.", {
      errors: [{ pointer: "/until", detail: "must be later than since" }],
      stage: "validate",
    });
  if (routesOfScope(active, scope).length > 0) return;
  const [pointer, detail] =
    route === null
      ? ["/to", `There is no active route to ${shownId(target)}. GET /v1/config/routes lists the targets.`]
      : ["/route", `There is no active route ${shownId(route)} to ${shownId(target)}. GET /v1/config/routes lists the routes.`];
  throw new ProblemError("invalid_request", detail, { errors: [{ pointer, detail }], stage: "validate" });
}

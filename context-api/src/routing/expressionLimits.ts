import type { TenantLog } from "../log/log.ts";
import type { Statement } from "../store/statement.ts";
import { closeAlert, openAlert } from "../store/tables/alerts.ts";
import type { Route } from "./routes.ts";

/** Evaluations in a row that exceed a limit before the route is reported. */
const maxExceeded = 3;

export interface ExpressionLimits {
  /** Counts an evaluation of the route. @returns statements that open or close its alert */
  record(route: Route, hasExceeded: boolean, now: number): Statement[];
}

/** Reports routes whose expressions exceed the limits of time, memory or size again and again. */
export function openExpressionLimits({ store }: TenantLog): ExpressionLimits {
  const counts = new Map<string, number>();
  return {
    record(route, hasExceeded, now) {
      const previous = counts.get(route.id) ?? 0;
      if (!hasExceeded && previous === 0) return [];
      const count = hasExceeded ? previous + 1 : 0;
      if (count === 0) counts.delete(route.id);
      else counts.set(route.id, count);
      if (count === maxExceeded) return [openAlert(store, alertOf(route), now)];
      return count === 0 && previous >= maxExceeded ? [closeAlert(store, alertOf(route), now)] : [];
    },
  };
}

const alertOf = ({ id, target }: Route) => ({
  kind: "route_expression_limit",
  severity: "warning" as const,
  connection: target.id,
  subject: id,
  message: `Expressions of the route ${id} exceed their limits. Its deliveries go to the dead-letter queue. Change the route.`,
});

import { deadLetterAlert, deadLetterKinds } from "../../../deliveries/deadLetterAlert.ts";
import { countDeadLetters } from "../../../store/tables/deliveryFigures.ts";
import { type AlertFinding, type AlertRule, type AlertSource, connectionIds } from "./rule.ts";

/** Deliveries that Sidelight does not try again: a person has to decide. One alert per route and target. */
const deadLettersOf = (kind: string): AlertRule => ({
  kind,
  nextAction:
    "Read the cause under Deliveries in the console, fix it, and retry them there, or with POST /v1/deliveries/retry and the route.",
  async find(source: AlertSource) {
    const routes = source.served.routing?.activeRoutes().routes ?? [];
    const counts = await countsOf(source);
    return counts.flatMap(({ route, target, cause, count, since }): AlertFinding[] => {
      const policy = routes.find(({ id }) => id === route)?.config.onFailure ?? "continue";
      const { kind: alertKind, ...alert } = deadLetterAlert({ route, target, policy, cause });
      return alertKind === kind ? [{ ...alert, since, count }] : [];
    });
  },
});

const countsBySource = new WeakMap<AlertSource, ReturnType<typeof countDeadLetters>>();

/** The rules of all kinds share a query. */
function countsOf(source: AlertSource): ReturnType<typeof countDeadLetters> {
  const { tenant } = source.served;
  const counts = countsBySource.get(source) ?? countDeadLetters(tenant.log.store, connectionIds(tenant));
  countsBySource.set(source, counts);
  return counts;
}

export const deadLetters: readonly AlertRule[] = deadLetterKinds.map(deadLettersOf);

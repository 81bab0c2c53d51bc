import type { Connection } from "../../../connections/connections.ts";
import { type AlertFinding, type AlertRule, thresholdsOf } from "./rule.ts";

/** Failures in a row. A platform ends a subscription now and then. */
const minFailures = 5;

/** Change events do not arrive. Pulls bring the same changes, only later. */
export const subscriptionFailing: AlertRule = {
  kind: "subscription_failing",
  comesAndGoes: true,
  nextAction:
    "Read the cause. Check that the account publishes the change events and that the integration's user may receive them.",
  async find(source) {
    const { failures: threshold = minFailures } = thresholdsOf(source, "subscription_failing");
    return source.served.tenant.connections.flatMap((connection): AlertFinding[] => {
      const { id, subscriptionProblem } = connection;
      if (!subscriptionProblem || subscriptionProblem.failures < threshold || isRefused(connection)) return [];
      const { message: cause, nextAction, failures: count, since } = subscriptionProblem;
      const message = `The subscription to change events fails: ${cause} Pulls bring the changes later.`;
      return [{ severity: "warning", connection: id, subject: "", message, cause, nextAction, since, count }];
    });
  },
  hasEnded({ connection: id }, { served: { tenant } }) {
    const connection = tenant.connections.find((candidate) => candidate.id === id);
    if (!connection?.connector.subscribe || isRefused(connection)) return true;
    return connection.hasSubscribed && connection.subscriptionProblem === null;
  },
};

/** A refused sign-in has its own alert. */
const isRefused = ({ circuits }: Connection): boolean =>
  circuits.list().some(({ failure }) => failure?.code === "invalid_credentials");

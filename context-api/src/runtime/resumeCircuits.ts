import type { CallKind } from "../connections/circuits.ts";
import { type Connection, pullKind, writeKind } from "../connections/connections.ts";
import type { TenantLog } from "../log/log.ts";
import { listOpenAlerts } from "../store/tables/alerts.ts";
import { nextDueAt } from "../store/tables/deliveries.ts";

/**
 * Continues the outages and refused sign-ins that were open when an earlier run ended. Without this, their alerts would close at each
 * start and open again after the next failures.
 */
export async function resumeCircuits(connections: readonly Connection[], { store }: TenantLog): Promise<void> {
  for (const alert of await listOpenAlerts(store, ["circuit_open", "sign_in_failed"])) {
    const { kind, connection: id, subject } = alert;
    const connection = connections.find((candidate) => candidate.id === id);
    if (!connection) continue;
    const isSignIn = kind === "sign_in_failed";
    // One successful sign-in is enough: the probe of reads signs in.
    const kinds = await kindsOf(connection, isSignIn ? "read" : subject, store);
    const closedKinds = kinds.filter((closedKind) => connection.circuits.of(closedKind).state() === "closed");
    const code = isSignIn ? "invalid_credentials" : "unavailable";
    const [message, since] = [alert.cause ?? alert.message, alert.since ?? alert.opened_at];
    connection.circuits.resume(closedKinds, { code, message, nextAction: alert.next_action, since, failures: alert.count });
  }
}

/** Kinds of calls of a group. An action counts when deliveries wait for it: others have nothing that could show a recovery. */
async function kindsOf({ id, connector }: Connection, group: string, store: TenantLog["store"]): Promise<CallKind[]> {
  if (group === "read") return ["read"];
  if (group === "pull") return connector.streams.map(({ name }) => pullKind(name));
  const actions = Object.keys(connector.actions ?? {});
  const dueTimes = await Promise.all(actions.map((action) => nextDueAt(store, id, action)));
  return actions.filter((_, i) => dueTimes[i] !== null).map(writeKind);
}

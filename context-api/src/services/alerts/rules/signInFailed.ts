import type { AlertRule } from "./rule.ts";

export const signInFailed: AlertRule = {
  kind: "sign_in_failed",
  comesAndGoes: true,
  nextAction: "Renew the credentials or the permissions of the connection. `sidelight doctor` checks them.",
  find: async ({ served: { tenant } }) =>
    tenant.connections.flatMap(({ id, circuits }) => {
      const refusedCircuits = circuits.list().filter(({ failure }) => failure?.code === "invalid_credentials");
      const [first] = refusedCircuits;
      if (!first?.failure) return [];
      const { message, nextAction } = first.failure;
      const since = Math.min(...refusedCircuits.flatMap((circuit) => circuit.since ?? []));
      const count = refusedCircuits.reduce((sum, { failures }) => sum + failures, 0);
      return [{ severity: "critical", connection: id, subject: "", message, cause: message, nextAction, since, count }];
    }),
};

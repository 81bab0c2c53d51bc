import type { FieldStatus } from "@sidelight/contracts/conflicts/fields.ts";
import type { FieldDefinition } from "../../config/fields.ts";
import type { Connection } from "../../connections/connections.ts";
import { connectionState } from "../connections/listConnections.ts";
import type { ServedTenant } from "../servedTenant.ts";

type FieldPlatform = FieldStatus["platforms"][number];

/** Worst first. */
const states = ["invalid_credentials", "failing", "missing", "backfilling", "ok"] as const;

/** Where a field is kept, the owner first. */
export function fieldPlatforms(
  { tenant, states: connectionStates }: ServedTenant,
  { platforms, owner }: FieldDefinition,
): FieldPlatform[] {
  const view = (platform: string, field: string): FieldPlatform => {
    const connections = tenant.connections
      .filter((connection) => connection.platform.name === platform)
      .map((connection) => stateOf(connection, field));
    return {
      platform,
      label: tenant.platforms.get(platform)?.label ?? platform,
      field,
      isOwner: platform === owner,
      state: states.find((state) => connections.includes(state)) ?? "missing",
    };
  };
  return Object.entries(platforms)
    .map(([platform, field]) => view(platform, field))
    .sort((a, b) => Number(b.isOwner) - Number(a.isOwner));

  function stateOf(connection: Connection, field: string): FieldPlatform["state"] {
    const { health, streams } = connectionStates.of(connection);
    const state = connectionState(health.failure, streams);
    return state === "ok" && isMissing(connection, field) ? "missing" : state;
  }
}

/** A platform reports fields with their object: `Contact.Region__c`. */
const isMissing = ({ connector }: Connection, field: string): boolean =>
  (connector.missing?.() ?? []).some((name) => name.toLowerCase().endsWith(`.${field.toLowerCase()}`));

import type { Clock } from "@sidelight/model/clock.ts";
import type { FieldValue } from "@sidelight/model/records.ts";
import { type FieldDefinition, fieldDefinitions } from "../config/fields.ts";
import { defaultCountryOf } from "../config/identifiers.ts";
import type { ConsentChecks } from "../context/consent.ts";
import type { RecordRank } from "../context/customerRecords.ts";
import { recordRank } from "../context/recordRank.ts";
import type { Tenant } from "../context/tenant.ts";
import type { TenantLog } from "../log/log.ts";
import { valueHash } from "../security/keyring.ts";
import { comparableText } from "./comparableText.ts";

/** What the decisions about a tenant's fields need. */
export interface FieldTools {
  log: TenantLog;
  clock: Pick<Clock, "now">;
  connections: Tenant["connections"];
  platforms: Tenant["platforms"];
  definitions: readonly FieldDefinition[];
  configVersion: string;
  rank: RecordRank;
  consent: Pick<ConsentChecks, "withdrawalOf">;
  /** Keyed hash of a value, equal for all of its forms. */
  textOf(value: FieldValue, definition: Pick<FieldDefinition, "type">): string;
}

export function openFieldTools(tenant: Tenant, consent: Pick<ConsentChecks, "withdrawalOf">): FieldTools {
  const { log, clock, connections, platforms, config, configVersion } = tenant;
  const country = defaultCountryOf(config);
  return {
    ...{ log, clock, connections, platforms, configVersion, consent },
    definitions: fieldDefinitions(config, platforms).definitions,
    rank: recordRank(tenant),
    textOf: (value, { type }) => valueHash(log.keys, comparableText(value, type, country)),
  };
}

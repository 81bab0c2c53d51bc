import type { RecordRank } from "./customerRecords.ts";
import type { Tenant } from "./tenant.ts";

/** Precedence of records: the sections' order of their platforms first, so that the account's names win; then the configuration's. */
export function recordRank({
  platforms,
  connections,
  sections,
}: Pick<Tenant, "platforms" | "connections" | "sections">): RecordRank {
  const positions = new Map(connections.map(({ id }, position) => [id, position]));
  const sectionOf = (platform: string): number => {
    const position = sections.names.indexOf(platforms.get(platform)?.section ?? "");
    return position === -1 ? sections.names.length : position;
  };
  return ({ platform, connection }) =>
    sectionOf(platform) * (connections.length + 1) + (positions.get(connection) ?? connections.length);
}

import type { Rank } from "./customerRecords.ts";
import type { Tenant } from "./tenant.ts";

/** Names come first from the platform that owns the account. */
export function rankOf(tenant: Tenant): Rank {
  const order = ["account", "support", "product"];
  const ranks = new Map([...tenant.platforms.values()].flatMap((p) => (p.section ? [[p.name, order.indexOf(p.section)]] : [])));
  return (platform) => ranks.get(platform) ?? order.length;
}

import type { TenantWorld } from "../lab/world/tenant.ts";
import type { SfRow } from "../lab/world/types.ts";

/**
 * A lead that somebody enters in Salesforce. Its webhook is sent.
 * @param now epoch ms
 * @returns its id
 */
export function enterLead(world: TenantWorld, now: number, fields: Partial<SfRow>): string {
  const stamp = new Date(now).toISOString().replace("Z", "+0000");
  const { Lead } = world.salesforce.tables;
  const [template] = Lead.values();
  if (!template) throw new Error("the org has no lead to copy");
  const conversion = { IsConverted: false, ConvertedAccountId: null, ConvertedContactId: null, IsDeleted: false };
  const times = { CreatedDate: stamp, LastModifiedDate: stamp, SystemModstamp: stamp };
  const Id = world.ids.salesforce.make("Lead", 2_100_000 + Lead.size);
  world.change(() => Lead.put({ ...template, ...conversion, ...times, Phone: null, Company: "New Lead Trading", ...fields, Id }));
  return Id;
}

import type { Target } from "../simulators/log.ts";
import type { TenantWorld } from "../world/tenant.ts";
import type { Effect } from "../world/types.ts";

/** One record that clients wrote, with the written fields. `writes` counts the requests. */
export type ReportedEffect = Omit<Effect, "key" | "object"> & { tenant: string };

/** By object: `{ "Task": […], "Case": […] }`. */
export function effectsOf(
  worlds: Record<string, TenantWorld>,
  platform: Target,
  tenant?: string,
): Record<string, ReportedEffect[]> {
  const out: Record<string, ReportedEffect[]> = {};
  for (const [name, world] of Object.entries(worlds)) {
    if (tenant !== undefined && tenant !== name) continue;
    for (const { key: _, object, ...effect } of world[platform].effects.values()) {
      out[object] ??= [];
      out[object].push({ tenant: name, ...effect });
    }
  }
  return out;
}

import { dropPin, type Pin, readPin } from "../config/pins.ts";
import type { TenantVersion } from "../config/versions.ts";
import type { TenantLog } from "../log/log.ts";
import type { RuntimeOptions } from "./options.ts";
import { usableVersion } from "./rollback.ts";

/** What a tenant is to use. */
export interface Wanted {
  next: TenantVersion;
  /** Where it was rolled back to that. */
  pin: Pin | null;
}

/**
 * What the tenant was rolled back to, for as long as the files say what they said then; or else what the files say.
 * @param current what is in use; null at the start
 */
export async function wantedVersion(
  { tenant, store, commit }: TenantLog,
  files: TenantVersion,
  current: TenantVersion | null,
  { platforms, pull, logger }: RuntimeOptions,
): Promise<Wanted> {
  const pin = await readPin(store);
  if (!pin) return { next: files, pin };
  if (pin.filesVersion === files.version) {
    if (current?.version === pin.version) return { next: current, pin };
    const found = await usableVersion(store, pin.version, platforms);
    if (found && "usable" in found) return { next: found.usable, pin };
    logger.error({ tenant, version: pin.version, issues: found?.issues }, "what the tenant was rolled back to can't be used");
  }
  if (pull) await commit({ statements: [dropPin(store)], correlationId: "config" });
  return { next: files, pin: null };
}

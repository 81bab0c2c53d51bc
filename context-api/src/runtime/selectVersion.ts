import type { TenantVersion } from "../config/versions.ts";
import type { TenantLog } from "../log/log.ts";
import { deletePin, findPin, type Pin } from "../store/tables/configPins.ts";
import type { RuntimeOptions } from "./options.ts";
import { usableVersion } from "./usableVersion.ts";

/** The version that a tenant must use. */
export interface VersionSelection {
  next: TenantVersion;
  /** Set when the tenant was rolled back to that version. */
  pin: Pin | null;
}

/**
 * Selects the version that the tenant was rolled back to, as long as the files are those of the rollback; otherwise that of the files.
 * @param current the active version; null at the start
 */
export async function selectVersion(
  { tenant, store, commit }: TenantLog,
  files: TenantVersion,
  current: TenantVersion | null,
  { platforms, pull, logger }: RuntimeOptions,
): Promise<VersionSelection> {
  const pin = await findPin(store);
  if (!pin) return { next: files, pin };
  if (pin.filesVersion === files.version) {
    if (current?.version === pin.version) return { next: current, pin };
    const check = await usableVersion(store, pin.version, platforms);
    if (check && "usable" in check) return { next: check.usable, pin };
    logger.error(
      { tenant, version: pin.version, issues: check?.issues },
      "the version that the tenant was rolled back to can't be used; using the files",
    );
  }
  if (pull) await commit({ statements: [deletePin(store)], correlationId: "config" });
  return { next: files, pin: null };
}

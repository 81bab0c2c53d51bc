import { deletePin, savePin } from "../../store/tables/configPins.ts";
import { ProblemError } from "../problemError.ts";
import { defineService, type ServiceContext } from "../service.ts";
import { unknownVersion } from "./getConfigVersion.ts";
import { requirePlainReason } from "./plainReason.ts";
import type { RollbackTarget } from "./rollbackTarget.ts";

export interface RollbackResult {
  version: string;
  /** The version of the files. The rollback lasts until the files contain another one. */
  filesVersion: string;
}

/**
 * Activates an earlier version. It stays active until the files change. A rollback to the version of the files ends a rollback.
 * @throws {ProblemError} invalid_request for a reason with a personal value, not_found for a version that was never active, conflict for one that this release cannot use
 */
export const rollbackConfig = defineService(
  "operate",
  (
    { actor, audit }: Pick<ServiceContext, "actor" | "audit">,
    { target, version, reason = null }: { target: RollbackTarget; version: string; reason?: string | null },
  ): Promise<RollbackResult> => {
    requirePlainReason(reason);
    return target.exclusively(async () => {
      const filesVersion = await target.readFilesVersion();
      const endsRollback = version === filesVersion;
      if (!endsRollback) await requireUsable(target, version);
      const statement = endsRollback ? deletePin(target.store) : savePin(target.store, { version, filesVersion }, target.now());
      await audit(actor, { verb: "config.rollback", ids: { version, filesVersion, reason } }, (auditRows) =>
        target.commit([statement, ...auditRows]),
      );
      await target.activate("rollback");
      return { version, filesVersion };
    });
  },
);

async function requireUsable(target: RollbackTarget, version: string): Promise<void> {
  const check = await target.checkVersion(version);
  if (!check) throw unknownVersion(version);
  if (check.issues.length > 0) {
    const detail = `This release cannot use the version ${version}: ${check.issues.join("; ")}.`;
    throw new ProblemError("conflict", detail, { stage: "validate" });
  }
}

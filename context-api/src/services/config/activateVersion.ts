import { type ConfigIssue, pathText } from "../../config/issues.ts";
import type { TenantVersion } from "../../config/versions.ts";
import type { Statement } from "../../store/statement.ts";
import { deletePin, savePin } from "../../store/tables/configPins.ts";
import { insertVersion } from "../../store/tables/configVersions.ts";
import { ProblemError } from "../problemError.ts";
import type { ServiceContext } from "../service.ts";

/**
 * Activates a checked version. It stays active until the files change.
 * @param base the version that must be active until then
 * @param entry of the audit
 * @param statements of the same commit
 * @throws {ProblemError} conflict when another version is active by now
 */
export async function activateVersion(
  { served, actor, audit }: ServiceContext,
  next: TenantVersion,
  base: string,
  entry: { verb: string; ids: Record<string, string | null> },
  statements: readonly Statement[] = [],
): Promise<void> {
  const { configuration } = served;
  await configuration.exclusively(async () => {
    const filesVersion = await configuration.readFilesVersion();
    requireBase(configuration.status().version, base);
    const { store, now } = configuration;
    const endsPin = next.version === filesVersion;
    const pin = endsPin ? deletePin(store) : savePin(store, { version: next.version, filesVersion }, now());
    const ids = { version: next.version, base, filesVersion, ...entry.ids };
    await audit(actor, { verb: entry.verb, ids }, (auditRows) =>
      configuration.commit([insertVersion(store, next), pin, ...statements, ...auditRows]),
    );
    await configuration.activate("change");
  });
}

/** @throws {ProblemError} conflict */
export function requireBase(active: string, base: string): void {
  if (active !== base)
    throw new ProblemError("conflict", `The version ${active} is active by now. Load it, and make the change again.`, {
      stage: "validate",
    });
}

/** A refusal with every fault of a change. */
export function faultyChange(issues: readonly ConfigIssue[]): ProblemError {
  const errors = issues.map(({ path, message, location }) => ({
    pointer: `/${(path ?? ["text"]).map(String).join("/")}`,
    detail: location?.line ? `line ${location.line}: ${message}` : message,
  }));
  const [first] = issues;
  const count = errors.length === 1 ? "a fault" : `${errors.length} faults`;
  const place = first?.path ? ` The first is at ${pathText(first.path)}.` : "";
  return new ProblemError(
    "invalid_request",
    `The change has ${count}.${place} Nothing was changed. Correct it, and send it again.`,
    {
      errors,
      stage: "validate",
    },
  );
}

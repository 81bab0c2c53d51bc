import { SidelightError } from "@sidelight/model/errors.ts";
import { WrongMasterKeyError } from "../../security/keyring.ts";
import { type StoreFault, storeFaultOf } from "../../store/faults.ts";
import { LeadershipLostError } from "../../store/leadershipLost.ts";
import { StoreOpenError, StoreReplacedError } from "../../store/openError.ts";
import { RetentionRefusedError } from "../retention/clockCheck.ts";

/** The store cannot be written now. The writer recovers without a restart, except from a damaged store. */
export class StoreLostError extends SidelightError {
  override readonly name = "StoreLostError";
  readonly fault: StoreFault;

  /** @param cause decides the fault */
  constructor(message: string, cause?: unknown, fault: StoreFault = storeFaultOf(cause) ?? "writer_ended") {
    super(message, { code: "store_lost", stage: "append", cause });
    this.fault = fault;
  }
}

/** A request was refused and nothing of it was written. */
export class WriteFailedError extends SidelightError {
  override readonly name = "WriteFailedError";

  constructor(message: string, cause?: unknown) {
    super(message, { code: "write_failed", stage: "append", cause });
  }
}

/** The store does not know the tenant. */
export class UnknownTenantError extends SidelightError {
  override readonly name = "UnknownTenantError";

  constructor(message: string, cause?: unknown) {
    super(message, { code: "unknown_tenant", stage: "append", cause });
  }
}

/** An error as it crosses the writer's thread: structured cloning would keep neither class, code nor stage. */
export interface SerializedError {
  name: string;
  message: string;
  stack: string | null;
  code: string | null;
  stage: string | null;
  cause: SerializedError | null;
}

const classesByCode: Record<string, new (message: string, cause?: unknown) => SidelightError> = {
  store_lost: StoreLostError,
  write_failed: WriteFailedError,
  unknown_tenant: UnknownTenantError,
  wrong_master_key: WrongMasterKeyError,
  store_unusable: StoreOpenError,
  retention_refused: RetentionRefusedError,
  store_replaced: StoreReplacedError,
  leadership_lost: LeadershipLostError,
};

const maxCauses = 5;

/** A fault of the store becomes the cause of a {@link StoreLostError}, any other foreign error that of a {@link WriteFailedError}. */
export function serializeWriteError(error: unknown): SerializedError {
  if (error instanceof SidelightError && !(error instanceof StoreReplacedError)) return serialize(error, maxCauses);
  if (storeFaultOf(error) !== null) return serialize(new StoreLostError("the store cannot be written", error), maxCauses);
  // Messages of SQLite name tables and columns. Other messages may quote data, so they stay in the cause, which is not logged.
  const isSqlite = error instanceof Error && "code" in error && String(error.code).startsWith("SQLITE_");
  return serialize(new WriteFailedError(isSqlite ? `the write failed: ${error.message}` : "the write failed", error), maxCauses);
}

function serialize(error: unknown, remainingCauses: number): SerializedError {
  if (!(error instanceof Error))
    return { name: typeof error, message: String(error), stack: null, code: null, stage: null, cause: null };
  const { name, message, stack, cause } = error;
  return {
    name,
    message,
    stack: stack ?? null,
    code: "code" in error ? String(error.code) : null,
    stage: error instanceof SidelightError ? error.stage : null,
    cause: cause === undefined || remainingCauses === 0 ? null : serialize(cause, remainingCauses - 1),
  };
}

/** The error with its class, code, stage, cause and the stack of the writer's thread. */
export function restoreError(serialized: SerializedError): Error {
  const { name, message, stack, code, stage } = serialized;
  const cause = serialized.cause === null ? undefined : restoreError(serialized.cause);
  const Class = code === null ? undefined : classesByCode[code];
  let error: Error;
  if (Class) error = new Class(message, cause);
  else if (code !== null && stage !== null) error = new SidelightError(message, { code, stage, cause });
  else
    error = Object.assign(
      new Error(message, cause === undefined ? undefined : { cause }),
      { name },
      code === null ? {} : { code },
    );
  if (stack !== null) error.stack = stack;
  return error;
}

import { SidelightError } from "@sidelight/model/errors.ts";
import { type StoreFault, storeConflict } from "../faults.ts";

/** Codes of the network, and of PostgreSQL (https://www.postgresql.org/docs/current/errcodes-appendix.html). */
const faultsByCode: readonly [pattern: RegExp, fault: StoreFault][] = [
  [/^(?:ECONN|EHOST|ENET|ETIMEDOUT|ENOTFOUND|EAI_|EPIPE)/, "unreachable"],
  // Connection exceptions, a server that stops or starts, a statement that took too long, too many connections.
  [/^(?:08\w{3}|57P\w\w|57014|53300|53400)$/, "unreachable"],
  [/^53100$/, "disk_full"],
  [/^53200$/, "out_of_memory"],
  [/^25006$/, "read_only"],
  [/^58\w{3}$/, "io_error"],
  [/^XX00[12]$/, "corrupt"],
];

/** Errors of the client that have no code. */
const connectionMessages =
  /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect)/;

/** Two transactions waited for each other, and the server ended one of them. */
const conflictCodes: readonly string[] = ["40001", "40P01"];

/** The error as the store reports it: with the code of a fault when the database cannot be used, unchanged when the query is wrong. */
export function storeErrorOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  if (conflictCodes.includes(code))
    return new SidelightError("the transaction conflicts with another one", {
      code: storeConflict,
      stage: "store",
      cause: error,
    });
  const fault =
    faultsByCode.find(([pattern]) => pattern.test(code))?.[1] ?? (connectionMessages.test(error.message) ? "unreachable" : null);
  if (fault === null) return error;
  return new SidelightError("the database cannot be used", { code: `store_${fault}`, stage: "store", cause: error });
}

export async function withStoreErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw storeErrorOf(error);
  }
}

import { PlatformError } from "@sidelight/platform-kit/errors.ts";

/** Salesforce refused a whole request. Its message may contain values, so only the code is kept. */
export class SalesforceRefusal extends PlatformError {
  /** `JSON_PARSER_ERROR` */
  readonly errorCode: string;

  constructor(errorCode: string) {
    super("rejected", "salesforce", `Salesforce refused the request (${errorCode.slice(0, 60)}).`);
    this.errorCode = errorCode;
  }
}

/** The org has no such object, or the integration's user has no access to it. Salesforce does not distinguish the two. */
export class MissingObjectError extends PlatformError {
  constructor(object: string) {
    super("not_found", "salesforce", `Salesforce has no object ${object}, or the integration's user has no access to it.`, {
      status: 404,
    });
  }
}

const objectCodes: ReadonlySet<string> = new Set(["INVALID_TYPE", "INSUFFICIENT_ACCESS"]);

/** True for the refusal of a query or a describe call because of its object. */
export const isMissingObject = (error: unknown): boolean =>
  error instanceof SalesforceRefusal
    ? objectCodes.has(error.errorCode)
    : error instanceof PlatformError && error.code === "not_found";

const fieldCodes: ReadonlySet<string> = new Set(["INVALID_FIELD", "INVALID_QUERY_FILTER_OPERATOR"]);

/** True for the refusal of a query because of one of its fields: it is gone, hidden, or has another type. */
export const isMissingField = (error: unknown): boolean => error instanceof SalesforceRefusal && fieldCodes.has(error.errorCode);

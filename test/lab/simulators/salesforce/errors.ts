import { json } from "../context.ts";

/** Salesforce returns errors as arrays, always. */
export interface SalesforceFault {
  message: string;
  errorCode: string;
  fields?: string[];
}

export class SalesforceError extends Error {
  override readonly name = "SalesforceError";
  readonly status: number;
  readonly faults: SalesforceFault[];
  constructor(status: number, faults: SalesforceFault[]) {
    super(faults[0]?.message);
    this.status = status;
    this.faults = faults;
  }
}

export function fail(errorCode: string, message: string, status = 400, fields?: string[]): never {
  throw new SalesforceError(status, [{ message, errorCode, ...(fields ? { fields } : {}) }]);
}

export const refuse = (status: number, errorCode: string, message: string, headers: Record<string, string> = {}): Response =>
  json([{ message, errorCode }], status, headers);

/** Parts of an HTTP response. A composite response contains many of them. */
export interface ResponseParts {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

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

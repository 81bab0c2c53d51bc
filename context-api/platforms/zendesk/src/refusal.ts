import { PlatformError } from "@sidelight/platform-kit/errors.ts";

/** Zendesk refused a request. The body may contain customer data, so it can be matched but not read or logged. */
export class ZendeskRefusal extends PlatformError {
  readonly #body: string;

  constructor(status: number, body: string) {
    super("rejected", "zendesk", `Zendesk refused the request (${status}).`, { status });
    this.#body = body;
  }

  matches(pattern: RegExp): boolean {
    return pattern.test(this.#body);
  }
}

/** The sign-in worked, and Zendesk refused this one call: the role or the plan does not include it. */
export class ZendeskForbidden extends PlatformError {
  constructor() {
    super("invalid_credentials", "zendesk", "The OAuth client has no permission for this call in Zendesk.", { status: 403 });
  }
}

import { PlatformError } from "@sidelight/platform-kit/errors.ts";

/** Zendesk understood a request and refused it. What it said may quote a customer: it can be asked about, and never read or logged. */
export class ZendeskRefusal extends PlatformError {
  readonly #said: string;

  constructor(status: number, said: string) {
    super("rejected", "zendesk", `Zendesk refused the request (${status}).`, { status });
    this.#said = said;
  }

  says(pattern: RegExp): boolean {
    return pattern.test(this.#said);
  }
}

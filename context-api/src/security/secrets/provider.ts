import { SidelightError } from "@sidelight/model/errors.ts";

/** The source of secrets. Connections hold only their names. */
export interface SecretProvider {
  /**
   * @param options.fresh bypasses the cache: a platform refused the current value
   * @throws {SecretError} when the secret is not available
   */
  get(name: string, options?: { fresh?: boolean }): Promise<string>;
}

/** A secret that is not available. The message names it, and never contains its value or the answer of the secret store. */
export class SecretError extends SidelightError {
  override readonly name = "SecretError";
  /** True when the secret store could not answer: a later attempt may succeed. */
  readonly isOutage: boolean;

  constructor(message: string, { isOutage = false }: { isOutage?: boolean } = {}) {
    super(message, { code: isOutage ? "secret_store_unavailable" : "secret_unavailable", stage: "read_secret" });
    this.isOutage = isOutage;
  }
}

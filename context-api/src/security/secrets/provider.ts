/** Where secrets come from. Connections name them; nobody else holds them. */
export interface SecretProvider {
  /**
   * @param options.fresh asks past every memory: a platform refused the value that is known
   * @throws {SecretError} when the secret is not to be had
   */
  get(name: string, options?: { fresh?: boolean }): Promise<string>;
}

/** A secret that is not to be had. The message names it, and never its value, nor what the store of secrets answered. */
export class SecretError extends Error {
  override readonly name = "SecretError";
  /** True when the store of secrets could not serve: asking later may bring the secret. */
  readonly isOutage: boolean;

  constructor(message: string, { isOutage = false }: { isOutage?: boolean } = {}) {
    super(message);
    this.isOutage = isOutage;
  }
}

/** The part of the SDK that `host.ts` uses. The package is CommonJS and ships no types. */
declare module "zendesk_app_framework_sdk" {
  export interface ZafClient {
    metadata(): Promise<unknown>;
    context(): Promise<unknown>;
    get(paths: string[]): Promise<Record<string, unknown>>;
    set(values: Record<string, unknown>): Promise<Record<string, unknown>>;
    invoke(action: string, ...args: unknown[]): Promise<unknown>;
    on(event: string, handler: (data: unknown) => void): void;
    off(event: string, handler: (data: unknown) => void): void;
    request(options: Record<string, unknown>): Promise<unknown>;
  }
  const ZAFClient: { init(): ZafClient | false };
  export default ZAFClient;
}

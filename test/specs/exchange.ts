/** One request and its response as transmitted. */
export interface Exchange {
  platform: "zendesk" | "mixpanel";
  method: string;
  /** Path and query string. */
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  status: number;
  responseHeaders: Record<string, string>;
  response: Buffer;
}

/** One request and its answer, as they crossed the wire. */
export interface Exchange {
  platform: "zendesk" | "mixpanel";
  method: string;
  /** With its query string. */
  path: string;
  headers: Record<string, string>;
  body: Buffer;
  status: number;
  answerHeaders: Record<string, string>;
  answer: Buffer;
}

import ZAFClient, { type ZafClient } from "zendesk_app_framework_sdk";
import { answerFrom, type HttpAnswer } from "./answer.ts";

export interface HostRequest {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  body?: unknown;
  deadlineMs: number;
}

/** Everything the app asks of the product around it. The only module that knows the SDK. */
export interface Host {
  metadata(): Promise<{ settings: Record<string, unknown> }>;
  location(): Promise<string>;
  /** Values by path; a path that the host cannot answer is left out. */
  get(...paths: string[]): Promise<Record<string, unknown>>;
  set(path: string, value: unknown): Promise<void>;
  invoke(action: string, ...args: unknown[]): Promise<void>;
  /** @returns takes the handler off again */
  on(event: string, handler: (data: unknown) => void): () => void;
  /** Sent by the host's own server, which puts secure settings into the headers. Never rejects. */
  request(request: HostRequest): Promise<HttpAnswer>;
}

/** Null outside a host: the SDK finds its counterpart through `?origin=&app_guid=`. */
export function connectHost(): Host | null {
  const client = ZAFClient.init();
  return client ? wrap(client) : null;
}

function wrap(client: ZafClient): Host {
  return {
    metadata: async () => {
      const { settings } = (await client.metadata()) as { settings?: Record<string, unknown> };
      return { settings: settings ?? {} };
    },
    location: async () => ((await client.context()) as { location?: string }).location ?? "",
    get: async (...paths) => {
      const { errors: _errors, ...values } = await client.get(paths);
      return values;
    },
    set: async (path, value) => {
      const { errors } = await client.set({ [path]: value });
      throwFirst(errors);
    },
    invoke: async (action, ...args) => {
      const answer = (await client.invoke(action, ...args)) as { errors?: unknown } | undefined;
      throwFirst(answer?.errors);
    },
    on: (event, handler) => {
      client.on(event, handler);
      return () => client.off(event, handler);
    },
    request: (request) => send(client, request),
  };
}

/** A bulk `set` and `invoke` report their failures inside a successful answer. */
function throwFirst(errors: unknown): void {
  const [first] = errors && typeof errors === "object" ? Object.values(errors) : [];
  if (first) throw new Error(String((first as { message?: unknown }).message ?? first));
}

function send(client: ZafClient, { method, url, headers, body, deadlineMs }: HostRequest): Promise<HttpAnswer> {
  const options = {
    url,
    type: method,
    headers,
    contentType: "application/json",
    dataType: "json",
    ...(body === undefined ? {} : { data: JSON.stringify(body) }),
    // `secure` lets the proxy fill in settings; without `autoRetry: false` it repeats a 429 by itself.
    secure: true,
    cors: false,
    autoRetry: false,
    httpCompleteResponse: true,
  };
  return new Promise((resolve) => {
    // `request` has no time limit of its own and may never answer.
    const timer = setTimeout(() => resolve({ kind: "timeout" }), deadlineMs);
    const settle = (value: unknown): void => {
      clearTimeout(timer);
      resolve(answerFrom(value));
    };
    client.request(options).then(settle, settle);
  });
}

import ZAFClient, { type ZafClient } from "zendesk_app_framework_sdk";
import { answerFrom, type HttpAnswer } from "./answer.ts";

export interface HostRequest {
  method: "GET" | "POST";
  url: string;
  headers: Record<string, string>;
  /** JSON */
  body?: string;
}

/** The product around the app. Only this module uses the SDK. */
export interface Host {
  metadata(): Promise<{ settings: Record<string, unknown> }>;
  location(): Promise<string>;
  /** Values by path, without the paths that the host does not know. */
  get(...paths: string[]): Promise<Record<string, unknown>>;
  set(path: string, value: unknown): Promise<void>;
  invoke(action: string, ...args: unknown[]): Promise<void>;
  /** @returns removes the handler */
  on(event: string, handler: (data: unknown) => void): () => void;
  /** Sent by the host's own server, which puts secure settings into the headers. Does not reject; null when no answer arrived. */
  request(request: HostRequest): Promise<HttpAnswer | null>;
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
      const result = (await client.invoke(action, ...args)) as { errors?: unknown } | undefined;
      throwFirst(result?.errors);
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

async function send(client: ZafClient, { method, url, headers, body }: HostRequest): Promise<HttpAnswer | null> {
  const options = {
    url,
    type: method,
    headers,
    contentType: "application/json",
    dataType: "json",
    ...(body === undefined ? {} : { data: body }),
    // With `secure` the proxy fills in settings. Without `autoRetry: false` it repeats a request that was answered 429.
    secure: true,
    cors: false,
    autoRetry: false,
    httpCompleteResponse: true,
  };
  return answerFrom(await client.request(options).catch((failure: unknown) => failure));
}

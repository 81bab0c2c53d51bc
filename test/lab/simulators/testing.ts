import type { Clock } from "./clock.ts";
import { type Lab, type LabOptions, type LabTenant, startSimulators, TINY } from "./lab.ts";

/** Anchor of every test lab. */
export const ANCHOR = new Date("2026-11-20T15:00:00Z");

export interface FakeClock extends Clock {
  monotonic(): number;
  advance(ms: number): void;
  /** Total time slept, ms. */
  readonly slept: number;
}

/** A clock that moves only on request. Sleeping returns at once and advances it. */
export function fakeClock(start = ANCHOR.getTime()): FakeClock {
  let now = start;
  let slept = 0;
  return {
    now: () => now,
    monotonic: () => now,
    advance(ms) {
      now += ms;
    },
    async sleep(ms) {
      slept += ms;
      now += ms;
    },
    get slept() {
      return slept;
    },
  };
}

/** A small lab in memory, five minutes after its world was made. */
export async function tinyLab(
  options: LabOptions = {},
): Promise<{ lab: Lab; acme: LabTenant; globex: LabTenant; clock: FakeClock }> {
  const clock = fakeClock(ANCHOR.getTime() + 300_000);
  const lab = await startSimulators({ now: ANCHOR, seed: 7, sizes: TINY, clock, ...options });
  return { lab, acme: lab.tenants["acme"]!, globex: lab.tenants["globex"]!, clock };
}

export interface Reply<T = never> {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: responses of other systems, read by tests
  body: [T] extends [never] ? any : T;
}

export async function call(url: string, init: RequestInit = {}): Promise<Reply> {
  const response = await fetch(url, init);
  const text = await response.text();
  let body: unknown = text;
  try {
    body = JSON.parse(text);
  } catch {
    // plain text
  }
  return { status: response.status, headers: response.headers, body };
}

export type Client = (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Reply>;

const client =
  (url: string, authorization: string): Client =>
  (method, path, body, headers = {}) =>
    call(path.startsWith("http") ? path : url + path, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });

export const form = (fields: Record<string, string>): RequestInit => ({ method: "POST", body: new URLSearchParams(fields) });

export async function salesforceToken({ salesforce: { url, credentials } }: LabTenant): Promise<string> {
  const { clientId, clientSecret } = credentials;
  const reply = await call(
    `${url}/services/oauth2/token`,
    form({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret }),
  );
  return reply.body.access_token as string;
}

export const salesforceClient = async (tenant: LabTenant): Promise<Client> =>
  client(tenant.salesforce.url, `Bearer ${await salesforceToken(tenant)}`);

export async function zendeskToken({ zendesk: { url, credentials } }: LabTenant, scope = "read write"): Promise<string> {
  const { clientId, clientSecret } = credentials;
  const reply = await call(
    `${url}/oauth/tokens`,
    form({ grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope }),
  );
  return reply.body.access_token as string;
}

export const zendeskClient = async (tenant: LabTenant, scope?: string): Promise<Client> =>
  client(tenant.zendesk.url, `Bearer ${await zendeskToken(tenant, scope)}`);

export const mixpanelClient = ({ mixpanel: { url, credentials } }: LabTenant): Client =>
  client(url, `Basic ${Buffer.from(`${credentials.username}:${credentials.secret}`).toString("base64")}`);

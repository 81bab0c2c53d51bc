import { SidelightError } from "@sidelight/client/error.ts";
import type { ClientOptions } from "@sidelight/client/send.ts";
import { type PanelClock, systemClock } from "@sidelight/panel/clock.ts";
import { hostFetch } from "../zaf/fetch.ts";
import type { Host } from "../zaf/host.ts";

/** Credentials for calls to the API itself, of a person whom Zendesk signed in. */
export interface PageSession {
  /** Address of the API, which served this page. */
  apiUrl: string;
  /** `fetch` with the token of the moment: it is renewed before it ends, and after a refusal. */
  fetch: typeof fetch;
  /** The token of the moment, for a stream. Null when it can no longer be renewed. */
  token(): Promise<Token | null>;
}

interface Token {
  token: string;
  expiresAt: string;
}

/** Tokens last ten minutes. Clocks differ, so the age counts, on the monotonic clock. */
const renewAfterMs = 8 * 60_000;

const elementId = "sidelight-session";

/**
 * Takes the session out of the page that the API answered to Zendesk's sign-in. It stays in memory only. Null for a page without one: the
 * app then calls through Zendesk's proxy.
 */
export function takePageSession(page: Document, clock: PanelClock = systemClock): PageSession | null {
  const element = page.getElementById(elementId);
  const first = tokenFrom(element?.textContent);
  element?.remove();
  // The page is at {api}/panels/zendesk/{installation}. One that was loaded again by the browser has no session any more.
  const isPanelPage = /\/panels\/zendesk\/[^/]+$/.test(page.location.pathname);
  if (!first && !isPanelPage) return null;
  const apiUrl = new URL("../..", page.location.href).href.replace(/\/$/, "");
  return first ? createPageSession(apiUrl, first, clock) : endedPageSession(apiUrl);
}

/** Loads the app again. The browser would otherwise send Zendesk's form once more, whose token was used. */
export const reloadApp = (): void => window.location.replace(window.location.href);

const endedPageSession = (apiUrl: string): PageSession => ({
  apiUrl,
  fetch: async () => new Response(null, { status: 401 }),
  token: async () => null,
});

export function createPageSession(apiUrl: string, first: Token, clock: PanelClock = systemClock): PageSession {
  let current: { token: Token; since: number } = { token: first, since: clock.monotonic() };
  let renewal: Promise<boolean> | null = null;

  /** @returns false when the API refuses the renewal, or cannot be reached */
  function renew(): Promise<boolean> {
    renewal ??= requestRenewal().finally(() => {
      renewal = null;
    });
    return renewal;
  }

  async function requestRenewal(): Promise<boolean> {
    const since = clock.monotonic();
    const response = await send(`${apiUrl}/panels/sessions/renew`, { method: "POST" }).catch(() => null);
    const token = response?.ok ? tokenFrom(await response.text().catch(() => null)) : null;
    if (token) current = { token, since };
    return token !== null;
  }

  const isDue = (): boolean => clock.monotonic() - current.since >= renewAfterMs;

  /** Without cookies and redirects, which could take the token elsewhere. */
  const send = (url: Parameters<typeof fetch>[0], init: RequestInit = {}): Promise<Response> => {
    const headers = { ...(init.headers as Record<string, string> | undefined), authorization: `Bearer ${current.token.token}` };
    return fetch(url, { ...init, headers, credentials: "omit", redirect: "error", cache: "no-store" });
  };

  return {
    apiUrl,
    async fetch(url, init) {
      if (isDue()) await renew();
      const { token } = current;
      const response = await send(url, init);
      if (response.status !== 401) return response;
      // Another call may have renewed it in the meantime.
      const isRenewed = current.token !== token || (await renew());
      return isRenewed ? await send(url, init) : response;
    },
    async token() {
      const isCurrent = !isDue() || (await renew());
      return isCurrent ? current.token : null;
    },
  };
}

/** How calls identify themselves: by the session of the person, or by the key, which the proxy puts in. */
export const credentialsOf = (host: Host, page: PageSession | null): Pick<ClientOptions, "apiKey" | "fetch"> =>
  page ? { apiKey: "", fetch: page.fetch } : { apiKey: "{{setting.api_key}}", fetch: hostFetch(host) };

/** @throws {SidelightError} unauthenticated, when the session has ended */
export async function streamTokenOf(page: PageSession): Promise<Token & { stream: string }> {
  const token = await page.token();
  if (!token) throw new SidelightError("unauthenticated", "The session has ended.", { status: 401 });
  return { ...token, stream: "" };
}

function tokenFrom(text: string | null | undefined): Token | null {
  try {
    const { token, expiresAt } = JSON.parse(text ?? "") as Partial<Token>;
    return typeof token === "string" && typeof expiresAt === "string" ? { token, expiresAt } : null;
  } catch {
    return null;
  }
}

import { createSidelightClient, type SidelightClient, SidelightError } from "@sidelight/client";
import { ConsoleSession } from "@sidelight/contracts/sessions/consoleSession.ts";

/** A signed-in operator. The token of the session is in a cookie that this page cannot read. */
export interface Session extends Pick<ConsoleSession, "tenant" | "role" | "keyName" | "rights" | "expiresAt" | "idleSeconds"> {
  /** Runs a call. A refused session ends it here, too. @throws {SidelightError} */
  run<T>(call: (client: SidelightClient) => Promise<T>): Promise<T>;
  /** Reports that the operator is active. */
  renew(): Promise<void>;
  /** Ends the session at the server. */
  signOut(): Promise<void>;
}

/** What every page gets. */
export interface PageProps {
  session: Session;
}

/** Why a button of the operator is disabled for another role. */
export const deniedText = "Your key may not do this. Sign in with a key that has the role admin.";

const path = "/console/session";
const endedText = "Your session has ended. Sign in again.";

/** Exchanges an API key for a session. @param end called when the API refuses the session @throws {SidelightError} */
export async function signIn(apiKey: string, end: (reason: string) => void): Promise<Session> {
  return sessionFrom(await request("POST", path, { body: JSON.stringify({ apiKey }), type: "application/json" }), end);
}

/** The session of this browser, after a reload; null when there is none. @throws {SidelightError} */
export async function resume(end: (reason: string) => void): Promise<Session | null> {
  try {
    const body = await request("GET", path);
    return body === null ? null : sessionFrom(body, end);
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

function sessionFrom(body: unknown, end: (reason: string) => void): Session {
  const { csrfToken, ...session } = ConsoleSession.parse(body);
  const headers = { "x-sidelight-csrf": csrfToken };
  const client = createSidelightClient({ baseUrl: window.location.origin, apiKey: null, headers });
  const endIfRefused = (error: unknown): never => {
    if (isRefusal(error)) end(endedText);
    throw error;
  };
  return {
    ...session,
    run: (call) => call(client).catch(endIfRefused),
    renew: () => request("POST", `${path}/renew`, { headers }).then(() => undefined, endIfRefused),
    async signOut() {
      // A session that has ended is signed out.
      await request("DELETE", path, { headers }).catch((error: unknown) => {
        if (!isRefusal(error)) throw error;
      });
    },
  };
}

const isRefusal = (error: unknown): boolean => error instanceof SidelightError && error.code === "unauthenticated";

interface Body {
  body?: string;
  type?: string;
  headers?: Record<string, string>;
}

async function request(method: string, address: string, { body, type, headers = {} }: Body = {}): Promise<unknown> {
  const init = { method, headers: { ...headers, ...(type === undefined ? {} : { "content-type": type }) } };
  const response = await fetch(address, body === undefined ? init : { ...init, body }).catch(unreachable);
  if (!response.ok) throw await errorOf(response);
  return response.status === 204 ? null : await response.json();
}

function unreachable(cause: unknown): never {
  throw new SidelightError("network", "The API could not be reached.", { cause });
}

async function errorOf(response: Response): Promise<SidelightError> {
  const problem = (await response.json().catch(() => null)) as { code?: string; detail?: string } | null;
  const code = (problem?.code ?? "unexpected_answer") as ConstructorParameters<typeof SidelightError>[0];
  return new SidelightError(code, problem?.detail ?? "The console got an answer that it does not know.");
}

/** What a person reads about a failed call. */
export function failureText(error: unknown): string {
  if (!(error instanceof SidelightError)) return "The console failed. Reload the page.";
  if (error.code === "network") return "Sidelight cannot be reached. Check your connection, then try again.";
  return error.message;
}

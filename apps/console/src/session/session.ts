import { createSidelightClient, type SidelightClient, SidelightError } from "@sidelight/client";

/** A signed-in operator. The API key is in the memory of this page only: a reload or the idle limit ends the session. */
export interface Session {
  client: SidelightClient;
  /** Runs a call. A refused key ends the session. @throws {SidelightError} */
  run<T>(call: (client: SidelightClient) => Promise<T>): Promise<T>;
}

/** What every page gets. */
export interface PageProps {
  session: Session;
}

/** Without a key press or click for this long, the session ends. */
export const idleMs = 30 * 60_000;

/** @param end called when the API refuses the key @throws {SidelightError} when the key cannot be used here */
export async function signIn(apiKey: string, end: (reason: string) => void): Promise<Session> {
  const client = createSidelightClient({ baseUrl: window.location.origin, apiKey });
  // Needs the right of an operator, as every page does.
  await client.getConnections();
  return {
    client,
    async run(call) {
      try {
        return await call(client);
      } catch (error) {
        if (error instanceof SidelightError && error.code === "unauthenticated") end("Your API key is no longer valid.");
        throw error;
      }
    },
  };
}

/** What a person reads about a failed call. */
export function failureText(error: unknown): string {
  if (!(error instanceof SidelightError)) return "The console failed. Reload the page.";
  if (error.code === "network") return "Sidelight cannot be reached. Check your connection, then try again.";
  return error.message;
}

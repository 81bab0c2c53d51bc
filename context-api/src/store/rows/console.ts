// Instants are epoch ms.

/** An operator's session in the console. Without a row, a session is refused. */
export interface ConsoleSessionsTable {
  tenant: string;
  /** SHA-256 of the token. */
  id: string;
  /** The API key that signed in. */
  key_id: string;
  created_at: number;
  /** When the operator was last active, to within a minute. */
  used_at: number;
  /** The end, however active the operator is. */
  expires_at: number;
}

/** A connection that an operator paused: nothing is pulled from it and nothing delivered to it. */
export interface PausedConnectionsTable {
  tenant: string;
  connection: string;
  paused_at: number;
  /** Id of the API key. */
  paused_by: string;
}

/** What panels showed in five minutes, see services/overview/panelCounts.ts. */
export interface PanelCountsTable {
  tenant: string;
  /** Start of the five minutes. */
  bucket_at: number;
  /** answers, stale, ambiguous, unmatched, failed or paint. */
  kind: string;
  /** For `stale`, the platform. For `paint`, the upper bound in ms. Otherwise empty. */
  label: string;
  count: number;
}

/** A request that was answered with an error, to find its cause by the id that a person sees. */
export interface FailedRequestsTable {
  tenant: string;
  request_id: string;
  at: number;
  method: string;
  /** The route, never the path. */
  route: string;
  status: number;
  /** Of the problem. */
  code: string;
  /** Code and stage of the error behind it; null when there is none. */
  cause: string | null;
  key_id: string | null;
  /** Name of the panel that asked; null for any other client. */
  panel: string | null;
}

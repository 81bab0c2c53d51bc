import type { Lab } from "../../simulators/lab.ts";
import type { Examples } from "../../world/examples.ts";
import type { ApiClient } from "../client.ts";
import type { LabState } from "../state.ts";

/** The API, once it is filled. */
export interface OpenApi {
  url: string;
  clients: Record<string, ApiClient>;
  examples: Record<string, Examples>;
}

export interface PagesDeps {
  lab: Lab;
  state: LabState;
  /** Null until every example resolves. */
  api(): OpenApi | null;
}

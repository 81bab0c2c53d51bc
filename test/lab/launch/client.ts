import type { RoleKeys } from "./state.ts";

/** The parts of a context that the lab reads. */
export interface SeenContext {
  ref: string;
  kind: "person" | "company";
  match: { state: "resolved" | "ambiguous" | "none"; partial: boolean };
  customer: { id: string; name: string | null; company: { id: string; name: string | null } | null } | null;
}

/** The context API for the pages of the lab. */
export interface ApiClient {
  get(path: string): Promise<Response>;
  contexts(refs: string[], sections?: string[]): Promise<SeenContext[]>;
}

export function apiClient(url: string, keys: RoleKeys): ApiClient {
  const headers = { authorization: `Bearer ${keys.admin}`, "content-type": "application/json" };
  return {
    get: (path) => fetch(`${url}${path}`, { headers }),
    async contexts(refs, sections = ["account"]) {
      const response = await fetch(`${url}/v1/contexts`, {
        method: "POST",
        headers,
        body: JSON.stringify({ refs, sections }),
      });
      if (!response.ok) throw new Error(`POST /v1/contexts answered ${response.status}`);
      const { items } = (await response.json()) as { items: SeenContext[] };
      return items;
    },
  };
}

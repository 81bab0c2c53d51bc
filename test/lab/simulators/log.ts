export const PLATFORMS = ["salesforce", "zendesk", "mixpanel"] as const;
export type Platform = (typeof PLATFORMS)[number];
/** Systems that the product writes to: the platforms and the customer's own services. */
export const TARGETS = [...PLATFORMS, "generic"] as const;
export type Target = (typeof TARGETS)[number];

/** One received request. `status` is 0 while it has no response. */
export interface LoggedRequest {
  platform: Target;
  tenant: string;
  method: string;
  /** Path and query string. */
  path: string;
  status: number;
  /** ISO time of arrival. */
  at: string;
  /** The fault that was applied, if any. */
  fault?: string;
}

export interface RequestLog {
  add(request: LoggedRequest): void;
  list(filter: { platform?: Target | undefined; tenant?: string | undefined; since?: number | undefined }): LoggedRequest[];
  clear(): void;
}

/** A ring buffer: the oldest entries are dropped first. */
export function createLog(capacity = 100_000): RequestLog {
  let entries: LoggedRequest[] = [];
  return {
    add(request) {
      entries.push(request);
      if (entries.length > capacity * 1.1) entries = entries.slice(-capacity);
    },
    list: ({ platform, tenant, since }) =>
      entries
        .slice(-capacity)
        .filter(
          (e) =>
            (!platform || e.platform === platform) &&
            (!tenant || e.tenant === tenant) &&
            (since === undefined || Date.parse(e.at) >= since),
        ),
    clear() {
      entries = [];
    },
  };
}

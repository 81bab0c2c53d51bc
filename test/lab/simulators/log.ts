export const PLATFORMS = ["salesforce", "zendesk", "mixpanel"] as const;
export type Platform = (typeof PLATFORMS)[number];
/** Whatever is written to: the platforms, and the company's own services. */
export const TARGETS = [...PLATFORMS, "generic"] as const;
export type Target = (typeof TARGETS)[number];

/** One request a simulator received. `status` is 0 until (and unless) it was answered. */
export interface LoggedRequest {
  platform: Target;
  tenant: string;
  method: string;
  /** With its query string. */
  path: string;
  status: number;
  /** ISO, arrival. */
  at: string;
  /** The fault that hit it, if one did. */
  fault?: string;
}

export interface RequestLog {
  add(request: LoggedRequest): void;
  list(filter: { platform?: Target | undefined; tenant?: string | undefined; since?: number | undefined }): LoggedRequest[];
  clear(): void;
}

/** A ring: the oldest entries go first. */
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

/** What a role may do. Configurable per tenant; these are the defaults. */
export interface Rights {
  pii: boolean;
  reveal: boolean;
  operate: boolean;
  act: readonly string[];
}

export type RoleName = "admin" | "service" | "agent" | "rep";

const defaults: Record<RoleName, Rights> = {
  admin: { pii: true, reveal: true, operate: true, act: [] },
  service: { pii: true, reveal: false, operate: false, act: [] },
  agent: { pii: false, reveal: false, operate: false, act: [] },
  rep: { pii: false, reveal: false, operate: false, act: [] },
};

export function rightsOf(
  role: RoleName,
  overrides: Partial<Record<RoleName, { pii?: boolean | undefined; reveal?: boolean | undefined }>> = {},
): Rights {
  const own = overrides[role] ?? {};
  return { ...defaults[role], ...Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined)) };
}

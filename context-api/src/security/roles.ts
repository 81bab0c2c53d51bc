/** The permissions of a role. Tenants can configure `pii` and `reveal`. */
export interface Rights {
  /** Sees personal values unmasked. */
  pii: boolean;
  /** May reveal a masked value, with a reason. */
  reveal: boolean;
  /** May use the operations of the operator: deliveries, quarantine, configuration. */
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
  const override = Object.entries(overrides[role] ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults[role], ...Object.fromEntries(override) };
}

export { type Examples, pickExamples } from "./examples.ts";
export { canonicalId, checksum, salesforceId } from "./ids.ts";
export { type Happened, happen, KINDS, type Kind } from "./mutations/index.ts";
export { openStore, type Saved, type Secrets, type Store, WORLD_VERSION } from "./store.ts";
export { createTenantWorld, type Journal, type TenantWorld } from "./tenant.ts";
export type * from "./types.ts";
export { DAYS, dayStart, funnelEvents, usageOn } from "./usage.ts";

import { randomUUID } from "node:crypto";
import type { DeliveriesTable } from "../store/schema.ts";
import { listDueDeliveries } from "../store/tables/deliveries.ts";
import {
  claimDueDeliveries,
  type DeliveryQueueName,
  hasClaims,
  releaseClaim,
  renewClaim,
} from "../store/tables/deliveryClaims.ts";
import type { TenantStore } from "../store/tenantStore.ts";

/** A claim of a process that died is taken over after this time, ms. Other processes look up its effects first, as a retry does. */
export const claimLeaseMs = 30_000;

const minRenewalMs = 1_000;

/** A due delivery that only this process may send. */
export interface ClaimedDelivery extends DeliveriesTable {
  /** The name of its claim; null for a store that only one process uses. */
  claimedBy: string | null;
}

export interface Claim {
  /** In the order of their events. */
  deliveries: ClaimedDelivery[];
  /** False when another process may have taken over: then nothing more may be sent. Renews the lease when it is needed. */
  isValid(): Promise<boolean>;
  release(): Promise<void>;
}

export interface ClaimFilter extends DeliveryQueueName {
  /** Epoch ms. */
  now: number;
  /** Due deliveries; those of their names come in addition. */
  limit: number;
  /** The same where several processes deliver: what one of them has claimed, the others cannot send. */
  sharedLimit: number;
}

export async function claimDeliveries(store: TenantStore, filter: ClaimFilter, leaseMs: number): Promise<Claim> {
  if (!hasClaims(store)) {
    const deliveries = await listDueDeliveries(store, { ...filter, claimed: null });
    return {
      deliveries: deliveries.map((row) => ({ ...row, claimedBy: null })),
      isValid: async () => true,
      release: async () => {},
    };
  }
  const owner = randomUUID();
  // A lease is renewed by real time, because it ends by that of the database.
  let renewedAt = performance.now();
  const limit = Math.min(filter.limit, filter.sharedLimit);
  const claimedKeys = await claimDueDeliveries(store, filter, { now: filter.now, limit, owner, leaseMs });
  const keys = claimedKeys.subjects.size + claimedKeys.names.size;
  if (keys === 0) return { deliveries: [], isValid: async () => false, release: async () => {} };
  let isLost = false;

  async function renew(): Promise<void> {
    const startedAt = performance.now();
    if ((await renewClaim(store, owner, leaseMs)) < keys) isLost = true;
    renewedAt = startedAt;
  }

  // One call may take longer than the lease.
  const timer = setInterval(() => void renew().catch(() => {}), Math.max(minRenewalMs, leaseMs / 3));
  timer.unref();
  const release = async (): Promise<void> => {
    clearInterval(timer);
    await releaseClaim(store, owner);
  };
  try {
    const deliveries = await listDueDeliveries(store, { ...filter, limit, claimed: claimedKeys });
    return {
      deliveries: deliveries.map((row) => ({ ...row, claimedBy: owner })),
      async isValid() {
        if (performance.now() - renewedAt > leaseMs / 2) await renew();
        return !isLost;
      },
      release,
    };
  } catch (error) {
    await release().catch(() => {});
    throw error;
  }
}

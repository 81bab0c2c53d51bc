import type { Clock } from "@sidelight/model/clock.ts";
import { singleFlight } from "@sidelight/platform-kit/singleFlight.ts";
import type { WriterClient } from "../log/writer/client.ts";
import { StoreLostError } from "../log/writer/errors.ts";
import { type StoreFault, storeFaultOf, storeFaultTexts } from "../store/faults.ts";
import type { Store } from "../store/store.ts";

/** Why the process should not get traffic. */
export interface ReadinessCause {
  /** `starting`, `stopping`, `backfilling`, `task_failed`, `store_timeout`, or `store_` and the fault. */
  code: string;
  detail: string;
}

/** How long a result is used. Load balancers ask often, and a probe is a durable write. */
const cacheMs = 1_000;
/** Longer than a commit takes. Most load balancers wait a few seconds. */
const timeoutMs = 2_000;

/** Checks whether the store can be written and read. @returns null when it can */
export function createStoreCheck(deps: {
  writer: Pick<WriterClient, "send" | "fault">;
  store: Pick<Store, "listTenants">;
  clock: Clock;
}): () => Promise<ReadinessCause | null> {
  const { writer, store, clock } = deps;
  const share = singleFlight<ReadinessCause | null>();
  let last: { cause: ReadinessCause | null; checkedAt: number } | null = null;

  async function check(): Promise<ReadinessCause | null> {
    const fault = writer.fault();
    if (fault) return faultCause(fault);
    const cancel = new AbortController();
    const timeout = clock.sleep(timeoutMs, cancel.signal).then(
      () => storeTimeout,
      () => null,
    );
    try {
      return await Promise.race([timeout, probe()]);
    } finally {
      cancel.abort();
    }
  }

  async function probe(): Promise<ReadinessCause | null> {
    try {
      await Promise.all([writer.send({ kind: "probe" }), store.listTenants()]);
      return null;
    } catch (error) {
      return faultCause(error instanceof StoreLostError ? error.fault : (storeFaultOf(error) ?? "io_error"));
    }
  }

  return async () => {
    if (last && clock.monotonic() - last.checkedAt < cacheMs && !writer.fault()) return last.cause;
    return await share("", async () => {
      const cause = await check();
      last = { cause, checkedAt: clock.monotonic() };
      return cause;
    });
  };
}

const faultCause = (fault: StoreFault): ReadinessCause => ({ code: `store_${fault}`, detail: storeFaultTexts[fault] });
const storeTimeout: ReadinessCause = { code: "store_timeout", detail: "The store did not confirm a write in time." };

import { manualClock } from "@sidelight/test-support/manualClock.ts";
import { describe, expect, it } from "vitest";
import { StoreLostError } from "../log/writer/errors.ts";
import type { WriterRequest } from "../log/writer/protocol.ts";
import type { StoreFault } from "../store/faults.ts";
import { createStoreCheck } from "./readiness.ts";

const commitResult = { head: 0, appended: 0, unchanged: 0, invalidated: [], events: [] };

function setup() {
  const clock = manualClock(0);
  const state = { fault: null as StoreFault | null, write: async () => commitResult, read: async () => [] as never[] };
  const sentKinds: WriterRequest["kind"][] = [];
  const check = createStoreCheck({
    clock,
    writer: {
      fault: () => state.fault,
      send(request) {
        sentKinds.push(request.kind);
        return state.write();
      },
    },
    store: { listTenants: () => state.read() },
  });
  return { clock, state, sent: sentKinds, check };
}

const failure = (code: string) => Object.assign(new Error("a fault"), { code });

describe("the check of the store", () => {
  it("writes and reads, at most once a second, however many load balancers ask", async () => {
    const { clock, sent, check } = setup();
    await Promise.all([check(), check(), check()]);
    clock.advance(999);
    expect([await check(), sent]).toEqual([null, ["probe"]]);
    clock.advance(1);
    await check();
    expect(sent).toHaveLength(2);
  });

  it("names the fault of the writer without another attempt", async () => {
    const { state, sent, check } = setup();
    expect(await check()).toBeNull();
    state.fault = "disk_full";
    expect(await check()).toMatchObject({ code: "store_disk_full", detail: expect.stringContaining("Free space") });
    expect(sent).toHaveLength(1);
  });

  it("names what a write or a read reports", async () => {
    const { state, check } = setup();
    state.write = () => Promise.reject(new StoreLostError("lost", failure("SQLITE_READONLY")));
    expect((await check())?.code).toBe("store_read_only");
    const otherSetup = setup();
    otherSetup.state.read = () => Promise.reject(failure("SQLITE_CORRUPT"));
    expect((await otherSetup.check())?.code).toBe("store_corrupt");
  });

  it("does not wait for a writer that does not answer", async () => {
    const { clock, state, check } = setup();
    state.write = () => new Promise(() => {});
    const result = check();
    await new Promise(setImmediate);
    clock.advance(2_000);
    expect((await result)?.code).toBe("store_timeout");
  });
});

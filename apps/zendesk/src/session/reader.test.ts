import { describe, expect, it } from "vitest";
import type { Preferences } from "../zaf/environment.ts";
import { createReader } from "./reader.ts";

type Session = Parameters<ReturnType<typeof createReader>["follow"]>[0];

function setUp() {
  let preferences = { locale: "en-US", teams: [] as string[] } as unknown as Preferences;
  let state = { phase: "loading", layout: null } as unknown as ReturnType<Session["state"]>;
  const listeners = new Set<() => void>();
  const subscribe = (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const reloads: unknown[] = [];
  const reader = createReader({ current: () => preferences, subscribe });
  const reload: Session["reload"] = async (options) => {
    reloads.push(options);
    reader.current();
    return true;
  };
  const end = reader.follow({ state: () => state, subscribe, reload });
  const report = () => {
    for (const listener of listeners) listener();
  };
  return {
    ...{ reader, reloads, end },
    identify(change: Partial<Preferences>) {
      preferences = { ...preferences, ...change };
      report();
    },
    settle() {
      state = { ...state, phase: "settled", layout: {} as NonNullable<typeof state.layout> };
      report();
    },
  };
}

describe("the person for whom a layout is chosen", () => {
  it("is named again, once and quietly, when the host names them after the call has left", () => {
    const { reader, reloads, identify, settle } = setUp();
    reader.current();
    identify({ teams: ["Tier 2"] });
    // The answer on its way is awaited: it has the values.
    expect(reloads).toEqual([]);
    settle();
    expect(reloads).toEqual([{ isQuiet: true }]);
    settle();
    expect(reloads).toHaveLength(1);
    identify({ locale: "de" });
    expect(reloads).toHaveLength(2);
  });

  it("costs no call when they are known in time, or when nothing is shown", () => {
    const { reader, reloads, identify, settle, end } = setUp();
    identify({ teams: ["Tier 2"] });
    settle();
    reader.current();
    identify({ scheme: "dark" });
    expect(reloads).toEqual([]);
    end();
    identify({ locale: "de" });
    expect(reloads).toEqual([]);
  });
});

import { describe, expect, it } from "vitest";
import { type PanelFacts, panelState } from "./panelState.ts";

const ready: PanelFacts = {
  code: null,
  setup: null,
  isWaiting: false,
  isOffline: false,
  match: "resolved",
  hasCustomer: true,
};
const nothing = { match: null, hasCustomer: false } as const;

describe("the state of a panel", () => {
  // In the order of precedence: each row has the conditions of all states below it too.
  it.each<[string, Partial<PanelFacts>]>([
    ["session_expired", { code: "unauthenticated", isWaiting: true, isOffline: true, match: "ambiguous" }],
    ["forbidden", { code: "forbidden", setup: "missing_settings", isWaiting: true, match: "ambiguous" }],
    ["not_in_host", { setup: "not_in_host", isWaiting: true, isOffline: true, match: "ambiguous" }],
    ["unconfigured", { setup: "missing_settings", isWaiting: true, isOffline: true, match: "ambiguous" }],
    ["waiting", { isWaiting: true, isOffline: true, match: "ambiguous" }],
    ["ambiguous", { isOffline: true, code: "network", match: "ambiguous", hasCustomer: false }],
    ["none", { isOffline: true, code: "network", match: "none", hasCustomer: false }],
    ["ready", { isOffline: true, code: "network" }],
  ])("is %s", (state, facts) => {
    expect(panelState({ ...ready, ...facts })).toBe(state);
  });

  it.each<[string, Partial<PanelFacts>]>([
    ["offline", { isOffline: true, code: "network" }],
    ["rate_limited", { code: "rate_limited" }],
    ["error", { code: "internal" }],
    ["loading", {}],
  ])("is %s while there is no answer", (state, facts) => {
    expect(panelState({ ...ready, ...nothing, ...facts })).toBe(state);
  });

  it("is unconfigured when the key of the installation is refused, because signing in again does not help", () => {
    expect(panelState({ ...ready, code: "unauthenticated", setup: "credentials_refused" })).toBe("unconfigured");
  });

  it("is an error for an answer in an unexpected shape", () => {
    expect(panelState({ ...ready, hasCustomer: false })).toBe("error");
    expect(panelState({ ...ready, match: "perhaps" as never })).toBe("error");
  });
});

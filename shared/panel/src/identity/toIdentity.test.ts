import type { Context } from "@sidelight/contracts/context/context.ts";
import type { Decision } from "@sidelight/contracts/identity/decision.ts";
import type { Suggestion } from "@sidelight/contracts/identity/evidence.ts";
import type { Identity } from "@sidelight/contracts/identity/identity.ts";
import { describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { places } from "../fixtures/places.ts";
import type { PanelOptions } from "../options.ts";
import type { IdentityState } from "./identity.ts";
import { toIdentity } from "./toIdentity.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const rich = fixtures.rich(now);
const withoutRight: Context = { ...rich, permissions: { ...rich.permissions, act: [] } };
const id = rich.customer?.id ?? "";
const options: PanelOptions = { locale: "en", timeZone: "UTC", now, place: places.ticket };
const idle: IdentityState = { isOpen: false, phase: "idle", identity: null, lastChange: null, problem: null };

const suggestion = {
  id: "s1",
  kind: "person",
  state: "open",
  left: { id, label: "Ada", members: [] },
  right: {
    id: "person:z9",
    label: "Ada King",
    members: [{ ref: "r", label: "Ada King", facts: [{ label: "email", value: "•••@a.example" }] }],
  },
} as unknown as Suggestion;
const decision = {
  id: "evt_1",
  type: "linked",
  at: "2026-11-21T08:00:00.000Z",
  actor: { kind: "person" },
  undone: false,
} as Decision;
const identity = {
  id,
  members: [
    { reasons: [{ text: "Same e-mail address" }, { text: "Same phone number" }] },
    { reasons: [{ text: "Same e-mail address" }] },
  ],
  history: [decision, { ...decision, id: "evt_0", undone: true }],
  candidates: [suggestion, { ...suggestion, id: "s2", state: "dismissed" }],
} as unknown as Identity;
const open = { ...idle, isOpen: true, identity };

describe("the part Wrong customer?", () => {
  it("shows each reason once, the other side of open suggestions, and decisions that still apply", () => {
    const { part } = toIdentity(rich, options, open);
    expect(part?.why.items.map(({ text }) => text)).toEqual(["Same e-mail address", "Same phone number"]);
    expect(part?.reject).toMatchObject({ label: "Not this person", disabled: false, command: { kind: "unlink" } });
    expect(part?.others.items).toMatchObject([
      { label: "Ada King", facts: [{ text: "•••@a.example" }], use: { command: { kind: "link", to: "person:z9" } } },
    ]);
    expect(part?.decisions.items).toMatchObject([
      { text: "Linked by a person, 8:00 AM", undo: { command: { kind: "undo", decisions: ["evt_1"] } } },
    ]);
  });

  it("is closed by default", () => {
    expect(toIdentity(rich, options, idle)).toEqual({ notice: null, failure: "", part: null });
  });
});

describe("a chosen candidate", () => {
  const chosen = { ...options, chosen: true };

  it("can be used always", () => {
    expect(toIdentity(rich, chosen, idle).notice?.action).toMatchObject({
      label: "Always use for this requester",
      disabled: false,
      command: { kind: "link", to: id },
    });
  });

  it.each([
    ["without the right", withoutRight, chosen, /^Your role doesn't allow it/],
    ["offline", rich, { ...chosen, offline: true }, /^Not available offline$/],
  ])("cannot be used always %s, with the reason", (_, context, given, reason) => {
    const action = toIdentity(context, given, idle).notice?.action;
    expect(action?.disabled).toBe(true);
    expect(action?.reason).toMatch(reason);
  });
});

it("what was decided here can be undone here", () => {
  const linked = { ...idle, lastChange: { kind: "link", decisions: ["evt_2"] } } as const;
  expect(toIdentity(rich, options, linked).notice).toMatchObject({
    text: "Used for everybody from now on.",
    action: { label: "Undo", command: { kind: "undo", decisions: ["evt_2"] } },
  });
  const undone = { ...idle, lastChange: { kind: "undo", decisions: ["evt_3"] } } as const;
  expect(toIdentity(rich, options, undone).notice).toEqual({ text: "Undone.", action: null });
});

it("a failed change names the reason", () => {
  expect(toIdentity(rich, options, { ...idle, problem: "network" }).failure).toBe(
    "Nothing was changed. Sidelight can't be reached.",
  );
});

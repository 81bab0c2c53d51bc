import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { FieldDefinition } from "../config/fields.ts";
import { type Decision, decide, type FieldState, type Participant } from "./decide.ts";

const now = 1_000_000_000;
const hour = 3_600_000;

type Rules = Pick<FieldDefinition, "direction" | "rule">;
const oneWay: Rules = { direction: "one-way", rule: "authority" };
const twoWay = (rule: Rules["rule"]): Rules => ({ direction: "two-way", rule });

const participant = (
  platform: string,
  text: string,
  state: Partial<FieldState> | null,
  more: Partial<Participant> = {},
): Participant => ({
  ...{ platform, key: platform, text, isEmpty: text === "", length: text.length, changedAt: now - hour, isEcho: false },
  state: state && { seen: "old", agreed: "old", partner: "crm", hops: 0, changedAt: 0, writtenAt: null, ...state },
  ...more,
});

const decideBetween = (
  rules: Rules,
  crm: Participant,
  others: Participant[],
  { hasConflict = false }: { hasConflict?: boolean } = {},
): Decision<Participant> => decide(rules, crm, others, { hasConflict, now });

const winnerOf = (decision: Decision<Participant>): string | null => ("winner" in decision ? decision.winner.platform : null);

describe("a change of the owner", () => {
  it("flows to a platform that has not changed", () => {
    const decision = decideBetween(oneWay, participant("crm", "new", {}), [participant("desk", "old", {})]);
    expect(decision).toMatchObject({ outcome: "flows", isChange: true });
    expect(winnerOf(decision)).toBe("crm");
  });

  it("is none while the owner does not have yet what was agreed", () => {
    const crm = participant("crm", "old", { agreed: "new" });
    expect(decideBetween(twoWay("authority"), crm, [participant("desk", "new", { seen: "new", agreed: "new" })]).outcome).toBe(
      "unchanged",
    );
  });
});

describe("a change elsewhere", () => {
  const crm = participant("crm", "old", {});
  const desk = participant("desk", "new", {}, { changedAt: now });

  it("of a one-way field is decided for the owner", () => {
    expect(decideBetween(oneWay, crm, [desk])).toMatchObject({
      outcome: "decided",
      cause: "changed",
      winner: { platform: "crm" },
    });
  });

  it.each(["authority", "newest"] as const)("of a two-way field with the rule %s flows to the owner", (rule) => {
    expect(decideBetween(twoWay(rule), crm, [desk])).toMatchObject({ outcome: "flows", winner: { platform: "desk" } });
  });

  it("of a two-way field with the rule longest loses against a longer value", () => {
    const short = participant("desk", "x", {});
    expect(decideBetween(twoWay("longest"), crm, [short])).toMatchObject({ outcome: "decided", winner: { platform: "crm" } });
    const long = participant("desk", "longer", {});
    expect(decideBetween(twoWay("longest"), crm, [long])).toMatchObject({ outcome: "decided", winner: { platform: "desk" } });
  });

  it("waits for a person with the rule manual, and does not while it is the same", () => {
    expect(decideBetween({ direction: "one-way", rule: "manual" }, crm, [desk]).outcome).toBe("conflict");
    const seen = participant("desk", "new", { seen: "new" });
    expect(decideBetween({ direction: "one-way", rule: "manual" }, crm, [seen], { hasConflict: true }).outcome).toBe("unchanged");
  });

  it("is none when it is the echo of an earlier delivery", () => {
    expect(decideBetween(oneWay, crm, [{ ...desk, isEcho: true }]).outcome).toBe("unchanged");
  });

  it("of two platforms in different ways is decided for the newer one", () => {
    const app = participant("app", "newer", {}, { changedAt: now + 1 });
    expect(winnerOf(decideBetween(twoWay("authority"), crm, [desk, app]))).toBe("app");
  });
});

describe("changes on both sides", () => {
  const crm = participant("crm", "theirs", {}, { changedAt: now - 5 });
  const desk = participant("desk", "ours", {}, { changedAt: now });

  it.each([
    ["authority", "crm"],
    ["newest", "desk"],
    ["longest", "crm"],
  ] as const)("are decided by the rule %s for %s", (rule, winner) => {
    expect(decideBetween(twoWay(rule), crm, [desk])).toMatchObject({ outcome: "decided", winner: { platform: winner } });
  });

  it("to the same value are no conflict", () => {
    expect(decideBetween(twoWay("manual"), crm, [{ ...desk, text: "theirs" }])).toMatchObject({
      outcome: "flows",
      isChange: true,
    });
  });
});

describe("a record that never agreed with the owner", () => {
  const crm = participant("crm", "old", {});

  it("gets the owner's value when it has none", () => {
    expect(decideBetween(oneWay, crm, [participant("desk", "", null)])).toMatchObject({ outcome: "flows", isChange: false });
  });

  it("is a conflict without a base when it has another value", () => {
    const decision = decideBetween(twoWay("authority"), crm, [participant("desk", "x", null)]);
    expect(decision).toMatchObject({ outcome: "decided", cause: "no_base", winner: { platform: "crm" } });
  });

  it("fills an owner without a value, if the field is two-way", () => {
    const empty = participant("crm", "", null);
    const desk = participant("desk", "x", null);
    expect(decideBetween(twoWay("authority"), empty, [desk])).toMatchObject({ outcome: "flows", winner: { platform: "desk" } });
    expect(winnerOf(decideBetween(oneWay, empty, [desk]))).toBe("crm");
  });

  it("counts as new after it moved to another customer", () => {
    const moved = participant("desk", "x", { seen: "x", agreed: "x", partner: "another" });
    expect(decideBetween(oneWay, crm, [moved])).toMatchObject({ outcome: "decided", cause: "no_base" });
  });
});

it("stops after three of our writes that each were changed again at once", () => {
  const crm = participant("crm", "old", {});
  const desk = (hops: number, writtenAt: number) =>
    participant("desk", "again", { hops, writtenAt, seen: "old" }, { changedAt: writtenAt + 1_000 });
  expect(decideBetween(oneWay, crm, [desk(2, now - 2_000)]).outcome).toBe("decided");
  expect(decideBetween(oneWay, crm, [desk(3, now - 2_000)])).toMatchObject({ outcome: "conflict", cause: "returns" });
  const later = participant("desk", "again", { hops: 3, writtenAt: now - hour }, { changedAt: now });
  expect(decideBetween(oneWay, crm, [later]).outcome).toBe("decided");
});

it("never lets a value win that no record has, and never writes to a one-way owner", () => {
  const text = fc.constantFrom("", "a", "bb", "ccc");
  const state = fc.option(
    fc.record({
      seen: text,
      agreed: text,
      partner: fc.constantFrom("crm", "another"),
      hops: fc.nat(4),
      changedAt: fc.nat(),
      writtenAt: fc.option(fc.nat()),
    }),
  );
  const anyone = (platform: string) =>
    fc.tuple(text, state, fc.nat()).map(([t, s, changedAt]) => participant(platform, t, s, { changedAt }));
  const rules = fc.constantFrom(
    oneWay,
    { direction: "one-way", rule: "manual" } as Rules,
    ...(["authority", "newest", "longest", "manual"] as const).map(twoWay),
  );
  fc.assert(
    fc.property(
      rules,
      anyone("crm"),
      fc.array(anyone("desk"), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      (rule, crm, others, hasConflict) => {
        const decision = decideBetween(rule, crm, others, { hasConflict });
        if (!("winner" in decision)) return;
        expect([crm, ...others]).toContain(decision.winner);
        const isPending = crm.state !== null && crm.state.agreed !== crm.text;
        if (rule.direction === "one-way" && !isPending) expect(decision.winner.text).toBe(crm.text);
      },
    ),
  );
});

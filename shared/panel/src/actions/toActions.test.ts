import { FollowUpRequest, NoteRequest, RevealRequest } from "@sidelight/contracts/actions/action.ts";
import { describe, expect, it } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { startTime } from "../session/fakes.ts";
import type { PanelOptions, PanelState } from "../view.ts";
import type { ActionsState } from "./actions.ts";
import { actionHeads } from "./heads.ts";
import { limits } from "./limits.ts";
import { localDay } from "./localDay.ts";
import { counterText, toActions } from "./toActions.ts";

const context = fixtures.withNotes(startTime);
const place = { order: [], hasEditor: true, isCompany: false, rowsOfPage: [] };
const options: PanelOptions = { locale: "en-US", timeZone: "UTC", now: startTime, place };
const blank: ActionsState = {
  ...{ open: null, sending: null, failure: null, done: null, followUp: null, revealed: null },
  pins: new Set(),
};
const host = { person: "zendesk.user:7", targets: ["zendesk", "salesforce"] };
const view = (state: Partial<ActionsState> = {}, extraOptions: Partial<PanelOptions> = {}, panel: PanelState = "ready") =>
  toActions(context, { ...options, ...extraOptions }, { panel, host, state: { ...blank, ...state } });

describe("every action", () => {
  const buttons = (texts: ReturnType<typeof view>) => [texts.notes.composer.add, texts.followUp.send, texts.reveal.reveal];

  it.each([
    ["offline", {}, { offline: true }, "ready", "Not available offline"],
    ["while several customers match", {}, {}, "ambiguous", "Choose a customer first"],
    ["without a match", {}, {}, "none", "No customer to act on"],
    ["after the session has ended", {}, {}, "session_expired", "Your role doesn't allow it"],
    ["while another one is sent", { sending: "pin" }, {}, "ready", "Wait until the other action is sent"],
  ] as const)("is disabled with a visible reason %s", (_situation, state, extraOptions, panel, reason) => {
    for (const button of buttons(view(state, extraOptions, panel))) expect(button).toMatchObject({ disabled: true, reason });
  });

  it("is disabled without the right, and enabled with it", () => {
    const powerless = { ...context, permissions: { ...context.permissions, act: [] } };
    const texts = toActions(powerless, options, { panel: "ready", host, state: blank });
    for (const button of buttons(texts)) expect(button).toMatchObject({ disabled: true, reason: "Your role doesn't allow it" });
    for (const button of buttons(view())) expect(button).toMatchObject({ disabled: false, reason: "" });
  });

  it("tells that a second attempt is harmless when no answer arrived", () => {
    expect(view({ failure: { kind: "reveal", note: null, code: "incomplete" } }).failure).toBe(
      "Enter a reason of at least 5 characters.",
    );
    expect(view({ failure: { kind: "follow-up", note: null, code: "incomplete" } }).failure).toBe("Enter what to do.");
    expect(view({ failure: { kind: "note", note: null, code: "timeout" } }).failure).toBe(
      "No answer arrived. Try again: it is done only once.",
    );
  });
});

describe("a note", () => {
  it("can be deleted by its author alone", () => {
    const author = context.sections.notes?.data?.items[0]?.authorRef ?? "";
    const ownTexts = toActions(context, options, { panel: "ready", host: { ...host, person: author }, state: blank });
    expect(ownTexts.notes.items[0]).toMatchObject({ byline: expect.stringMatching(/^You, /), remove: { disabled: false } });
    expect(view().notes.items[0]).toMatchObject({ byline: expect.stringMatching(/^Grace Hopper, /), remove: null });
  });

  it("can be pinned for everybody, and says itself why that failed", () => {
    const [pinnedNote, otherNote] = view().notes.items;
    expect(pinnedNote?.pin).toEqual({
      ...{ label: "Pin", disabled: false, reason: "", isPressed: true },
      name: expect.stringMatching(/^Pin the note \(.+\) for everybody$/),
    });
    expect(otherNote?.pin).toMatchObject({ isPressed: false });
    expect(view({ done: "pin-note" }).status).toBe("Note pinned");
    expect(view({ done: "unpin-note" }).status).toBe("Note unpinned");
    expect(view({ done: "pin" }).status).toBe("");
    const failure = { kind: "pin", note: "n2", code: "forbidden" } as const;
    expect(view({ failure }).notes.items.map((note) => note.failure)).toEqual(["", "Your role doesn't allow it."]);
  });

  it("counts the characters near its end", () => {
    expect(counterText(options, 3_000, 4_000)).toBe("");
    expect(counterText(options, 3_999, 4_000)).toBe("1 character left");
    expect(counterText(options, 4_002, 4_000)).toBe("2 characters too many");
  });
});

describe("a follow-up", () => {
  it("is the person's own at their platform, and the account owner's at the other", () => {
    const [zendesk, salesforce] = view().followUp.targets;
    expect(zendesk).toMatchObject({ key: "zendesk", owners: [{ ref: null, label: "You" }] });
    expect(salesforce?.owners).toEqual([
      { ref: expect.stringMatching(/^salesforce\.user:/), label: expect.stringContaining("(account owner)") },
    ]);
  });

  it("can be for the assignee of the ticket on screen, once", () => {
    const ownersFor = (currentRecord: string, person = host.person) => {
      const state = { panel: "ready", host: { ...host, person }, state: blank } as const;
      return toActions(context, { ...options, currentRecord }, state).followUp.targets[0]?.owners;
    };
    const [you, assignee] = [
      { ref: null, label: "You" },
      { ref: "zendesk.user:20", label: "Mia Stone (assignee)" },
    ];
    expect(ownersFor("zendesk.ticket:5144")).toEqual([you, assignee]);
    expect(ownersFor("zendesk.ticket:5144", "zendesk.user:20")).toEqual([you]);
    // Unassigned, without a name, not among the latest ones.
    for (const id of [5101, 5030, 1]) expect(ownersFor(`zendesk.ticket:${id}`)).toEqual([you]);
  });

  it.each([
    ["waiting", "Follow-up sent to Zendesk…"],
    ["done", "Follow-up created in Zendesk"],
    ["dead_letter", "Zendesk didn't accept the follow-up. No such ticket"],
    ["withheld", "Not sent to Zendesk: the customer opted out"],
  ] as const)("that is %s says %s", (state, text) => {
    const followUp = { action: "follow-up", id: "act_1", at: "", delivery: "", platform: "zendesk", record: null } as const;
    expect(view({ followUp: { ...followUp, state, message: "No such ticket" } }).status).toBe(text);
  });

  it("says that a note was added after it, and keeps the news that it failed", () => {
    const followUp = { action: "follow-up", id: "act_1", at: "", delivery: "", platform: "zendesk", record: null } as const;
    const statusIn = (state: "waiting" | "done" | "dead_letter") =>
      view({ done: "note", followUp: { ...followUp, state, message: "No such ticket" } }).status;
    expect(statusIn("waiting")).toBe("Note added");
    expect(statusIn("done")).toBe("Note added");
    expect(statusIn("dead_letter")).toBe("Note added · Zendesk didn't accept the follow-up. No such ticket");
  });

  it("is due on a day of the person's calendar", () => {
    const lateEvening = Date.parse("2026-12-31T23:30:00Z");
    expect(localDay(lateEvening, "UTC", 1)).toBe("2027-01-01");
    expect(localDay(lateEvening, "Asia/Tokyo")).toBe("2027-01-01");
    expect(localDay(lateEvening, "America/New_York")).toBe("2026-12-31");
    expect(localDay(lateEvening, "Mars/Olympus")).toBe("2026-12-31");
  });
});

describe("the controls of the first screen", () => {
  const heads = (state: Partial<ActionsState>, act = context.permissions) =>
    actionHeads({ ...context, permissions: act }, options, { panel: "ready", state: { ...blank, ...state }, now: 0 });

  it("show whether the customer is pinned, once that is known", () => {
    expect(heads({ pins: null }).pin).toMatchObject({ isPressed: false, disabled: true, reason: "Your pins are loading" });
    expect(heads({}).pin).toMatchObject({ isPressed: false, disabled: false });
    expect(heads({ pins: new Set([context.customer?.id ?? ""]) }).pin).toMatchObject({ isPressed: true });
  });

  it("offer to reveal only with the right, and count down while values are shown", () => {
    expect(heads({}).reveal).toEqual({ customer: "Reveal", section: "Reveal hidden values" });
    expect(heads({}, { ...context.permissions, reveal: false }).reveal).toBeNull();
    expect(heads({ revealed: { values: {}, hideAt: 42_000 } })).toMatchObject({
      reveal: null,
      revealed: { text: "Visible for 42 s", hide: "Hide now" },
    });
  });
});

describe("the limits of the forms", () => {
  it("are those of the API", () => {
    const { subject, text } = FollowUpRequest.shape;
    const fits = (schema: { safeParse(value: unknown): { success: boolean } }, length: number) =>
      schema.safeParse("a".repeat(length)).success;
    const { body } = NoteRequest.shape;
    expect([fits(body, limits.note), fits(body, limits.note + 1)]).toEqual([true, false]);
    expect([fits(subject, limits.subject), fits(subject, limits.subject + 1)]).toEqual([true, false]);
    expect([fits(text, limits.text), fits(text, limits.text + 1)]).toEqual([true, false]);
    const { reason } = RevealRequest.shape;
    expect(
      [limits.shortestReason - 1, limits.shortestReason, limits.reason, limits.reason + 1].map((n) => fits(reason, n)),
    ).toEqual([false, true, true, false]);
  });
});

import type { Context } from "@sidelight/contracts/context/context.ts";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { places } from "./fixtures/places.ts";
import { createMarks, type Marks, marking } from "./marks.ts";
import { createFakeClock, type FakeClock, startTime } from "./session/fakes.ts";
import { toPanel } from "./toPanel.ts";
import type { PanelOptions } from "./view.ts";

const options: PanelOptions = { locale: "en", timeZone: "UTC", now: startTime, place: places.ticket };
const redraw = vi.fn();

let clock: FakeClock;
let marks: Marks;
let context: Context;

const show = (change: (context: Context) => void = () => {}) => {
  context = structuredClone(context);
  change(context);
  marks.show(context, options);
};
const owner = (name: string) => (context: Context) => {
  context.sections.account!.data!.owner!.name = name;
};
const ticket = (id: string) => (context: Context) => {
  const data = context.sections.support!.data!;
  data.tickets = [{ ...data.tickets[0]!, id }, ...data.tickets].slice(0, 5);
};
const markedSections = () => {
  const view = marks.mark(toPanel(context, options));
  return view.sections.filter(({ changed }) => changed).map(({ name }) => name);
};

beforeEach(() => {
  redraw.mockReset();
  clock = createFakeClock();
  marks = createMarks(clock, redraw);
  context = fixtures.rich(startTime);
  marks.show(context, options);
});

describe("marks", () => {
  it("do not exist for the first answer, nor for the same again", async () => {
    show();
    await clock.advance(10_000);
    expect(markedSections()).toEqual([]);
    expect(marks.announcement()).toBe("");
    expect(redraw).not.toHaveBeenCalled();
  });

  it.each([-3_600_000, 3_600_000])("end at their time when the clock of the computer is set by %d ms", async (stepMs) => {
    show(owner("Alan Turing"));
    clock.step(stepMs);
    await clock.advance(marking.shownMs - 1);
    expect(markedSections()).toEqual(["account"]);
    await clock.advance(1);
    expect(markedSections()).toEqual([]);
    expect(clock.timers()).toBe(0);
  });

  it("end four seconds after their own change", async () => {
    show(owner("Alan Turing"));
    await clock.advance(2_000);
    show(ticket("6001"));
    expect(markedSections()).toEqual(["account", "support"]);
    await clock.advance(2_000);
    expect(markedSections()).toEqual(["support"]);
    await clock.advance(2_000);
    expect(markedSections()).toEqual([]);
    expect(clock.timers()).toBe(0);
  });

  it("end with the customer", async () => {
    show(owner("Alan Turing"));
    await clock.advance(500);
    context = { ...fixtures.atRisk(startTime), customer: { ...context.customer!, id: "person:other" } };
    marks.show(context, options);
    expect(markedSections()).toEqual([]);
    expect(marks.announcement()).toBe("");
    expect(clock.timers()).toBe(0);
  });
});

describe("announcements", () => {
  it("combine changes that arrive together", async () => {
    show(ticket("6001"));
    await clock.advance(100);
    show(ticket("6002"));
    expect(marks.announcement()).toBe("");
    await clock.advance(marking.gatherMs);
    expect(marks.announcement()).toBe("Support updated: 2 new tickets");
  });

  it("follow each other after three seconds at least, with all changes in between", async () => {
    show(ticket("6001"));
    await clock.advance(500);
    expect(marks.announcement()).toBe("Support updated: 1 new ticket");
    show(ticket("6002"));
    await clock.advance(1_000);
    show(ticket("6003"));
    await clock.advance(1_000);
    expect(marks.announcement()).toBe("Support updated: 1 new ticket");
    await clock.advance(1_000);
    expect(marks.announcement()).toBe("Support updated: 2 new tickets");
  });

  it("leave out a change that was undone", async () => {
    const originalName = context.sections.account!.data!.owner!.name!;
    show(owner("Alan Turing"));
    show(owner(originalName));
    await clock.advance(5_000);
    expect(marks.announcement()).toBe("");
  });

  it("with the same words differ, so that a screen reader repeats them", async () => {
    show(ticket("6001"));
    await clock.advance(4_000);
    const first = marks.announcement();
    show(ticket("6002"));
    await clock.advance(4_000);
    expect(marks.announcement()).not.toBe(first);
    expect(marks.announcement().trim()).toBe(first);
  });

  it("include a section that was late at first", async () => {
    marks = createMarks(clock, redraw);
    marks.show(fixtures.pending(startTime), options);
    marks.show(context, options);
    await clock.advance(5_000);
    expect(marks.announcement()).toBe("");
    show((context) => Object.assign(context.sections.product!.data!, { sessions30d: 300 }));
    await clock.advance(500);
    expect(marks.announcement()).toBe("Product updated: 300 sessions in 30 d · rising");
  });
});

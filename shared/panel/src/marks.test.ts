import type { Context } from "@sidelight/contracts/context/context.ts";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { fixtures } from "./fixtures/index.ts";
import { createMarks, type Marks, marking } from "./marks.ts";
import { toPanel } from "./to-panel.ts";
import type { PanelOptions } from "./view.ts";

const start = Date.parse("2026-11-21T09:30:00Z");
const options: PanelOptions = { locale: "en", timeZone: "UTC", now: start, place: "ticket_sidebar" };
const redraw = vi.fn();

/** Time that moves when it is told to. */
function clockOf() {
  let now = start;
  let timers: { at: number; run: () => void }[] = [];
  return {
    now: () => now,
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
    pass: (ms: number) => {
      const end = now + ms;
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
        if (!next) break;
        timers = timers.filter((other) => other !== next);
        now = next.at;
        next.run();
      }
      now = end;
    },
    waiting: () => timers.length,
  };
}

let clock: ReturnType<typeof clockOf>;
let marks: Marks;
let shown: Context;

const see = (change: (context: Context) => void = () => {}) => {
  shown = structuredClone(shown);
  change(shown);
  marks.see(shown, options);
};
const owner = (name: string) => (context: Context) => {
  context.sections.account!.data!.owner!.name = name;
};
const ticket = (id: string) => (context: Context) => {
  const data = context.sections.support!.data!;
  data.tickets = [{ ...data.tickets[0]!, id }, ...data.tickets].slice(0, 5);
};
const marked = () => {
  const view = marks.on(toPanel(shown, options));
  return view.sections.filter(({ changed }) => changed).map(({ name }) => name);
};

beforeEach(() => {
  redraw.mockReset();
  clock = clockOf();
  marks = createMarks(clock, redraw);
  shown = fixtures.rich(start);
  marks.see(shown, options);
});

describe("marks", () => {
  it("are none for the first answer, nor for the same again", () => {
    see();
    clock.pass(10_000);
    expect(marked()).toEqual([]);
    expect(marks.news()).toBe("");
    expect(redraw).not.toHaveBeenCalled();
  });

  it("stay for four seconds, each from its own change", () => {
    see(owner("Alan Turing"));
    clock.pass(2_000);
    see(ticket("6001"));
    expect(marked()).toEqual(["account", "support"]);
    clock.pass(2_000);
    expect(marked()).toEqual(["support"]);
    clock.pass(2_000);
    expect(marked()).toEqual([]);
    expect(clock.waiting()).toBe(0);
  });

  it("are none for another customer", () => {
    see(owner("Alan Turing"));
    clock.pass(500);
    shown = { ...fixtures.atRisk(start), customer: { ...shown.customer!, id: "person:other" } };
    marks.see(shown, options);
    expect(marked()).toEqual([]);
    expect(marks.news()).toBe("");
    expect(clock.waiting()).toBe(0);
  });
});

describe("announcements", () => {
  it("gather what belongs together", () => {
    see(ticket("6001"));
    clock.pass(100);
    see(ticket("6002"));
    expect(marks.news()).toBe("");
    clock.pass(marking.gatherMs);
    expect(marks.news()).toBe("Support updated: 2 new tickets");
  });

  it("come every three seconds at most, and then tell all that happened meanwhile", () => {
    see(ticket("6001"));
    clock.pass(500);
    expect(marks.news()).toBe("Support updated: 1 new ticket");
    see(ticket("6002"));
    clock.pass(1_000);
    see(ticket("6003"));
    clock.pass(1_000);
    expect(marks.news()).toBe("Support updated: 1 new ticket");
    clock.pass(1_000);
    expect(marks.news()).toBe("Support updated: 2 new tickets");
  });

  it("of what was taken back in the meantime are none", () => {
    const before = shown.sections.account!.data!.owner!.name!;
    see(owner("Alan Turing"));
    see(owner(before));
    clock.pass(5_000);
    expect(marks.news()).toBe("");
  });

  it("of the same words again differ, so that they are heard again", () => {
    see(ticket("6001"));
    clock.pass(4_000);
    const first = marks.news();
    see(ticket("6002"));
    clock.pass(4_000);
    expect(marks.news()).not.toBe(first);
    expect(marks.news().trim()).toBe(first);
  });

  it("tell of a section that was late at first as of any other", () => {
    marks = createMarks(clock, redraw);
    marks.see(fixtures.pending(start), options);
    marks.see(shown, options);
    clock.pass(5_000);
    expect(marks.news()).toBe("");
    see((context) => Object.assign(context.sections.product!.data!, { sessions30d: 300 }));
    clock.pass(500);
    expect(marks.news()).toBe("Product updated: Sessions 30 d");
  });
});

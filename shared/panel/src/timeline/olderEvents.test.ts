import type { TimelinePage } from "@sidelight/contracts/context/timeline.ts";
import { describe, expect, it, vi } from "vitest";
import { fixtures } from "../fixtures/index.ts";
import { places } from "../fixtures/places.ts";
import type { PanelOptions } from "../view.ts";
import { createOlderEvents, toOlderEvents } from "./olderEvents.ts";

const now = Date.parse("2026-11-21T09:30:00Z");
const options: PanelOptions = { locale: "en", timeZone: "UTC", now, place: places.ticket };
const context = fixtures.rich(now);
const [shownEvent] = context.sections.timeline!.data!.items;
const event = (id: string) => ({ ...shownEvent!, id, at: "2026-01-05T10:00:00.000Z", title: `Ticket ${id}` });
const page = (ids: string[], nextCursor: string | null): TimelinePage => ({ items: ids.map(event), nextCursor });

function olderEvents(...pages: (TimelinePage | null)[]) {
  const getPage = vi.fn(async (_ref: string, _cursor: string | null, _source: string | null) => pages.shift() ?? null);
  return { older: createOlderEvents(async () => ({ getPage })), getPage };
}

describe("older events", () => {
  it("come page by page, without those that the section shows, until there are no more", async () => {
    const { older, getPage } = olderEvents({ ...page(["a"], "c1"), items: [shownEvent!, event("a")] }, page(["b"], null));
    await older.load("person:1", null);
    expect(toOlderEvents(context, options, older.state(null))).toMatchObject({
      items: [{ title: "New ticket: Ticket a", sourceName: "Zendesk" }],
      button: { label: "Show older events", disabled: false },
    });
    await older.load("person:1", null);
    await older.load("person:1", null);
    expect(getPage.mock.calls).toEqual([
      ["person:1", null, null],
      ["person:1", "c1", null],
    ]);
    expect(toOlderEvents(context, options, older.state(null))).toMatchObject({ status: "No older events", button: null });
  });

  it("can be tried again from the same place after a failure", async () => {
    const { older, getPage } = olderEvents(page(["a"], "c1"), null, page(["b"], null));
    for (let round = 0; round < 2; round++) await older.load("person:1", null);
    expect(toOlderEvents(context, options, older.state(null))).toMatchObject({
      status: "Older events couldn't be loaded.",
      button: { disabled: false },
    });
    await older.load("person:1", null);
    expect(getPage.mock.calls.at(-1)).toEqual(["person:1", "c1", null]);
    expect(older.state(null).items.map(({ id }) => id)).toEqual(["a", "b"]);
  });

  it("of one source are a list of their own, that pages by itself", async () => {
    const { older, getPage } = olderEvents(page(["a"], "c1"), page(["m"], "m1"), page(["n"], null));
    await older.load("person:1", null);
    await older.load("person:1", "mixpanel");
    await older.load("person:1", "mixpanel");
    expect(getPage.mock.calls.slice(1)).toEqual([
      ["person:1", null, "mixpanel"],
      ["person:1", "m1", "mixpanel"],
    ]);
    expect(older.state("mixpanel").items.map(({ id }) => id)).toEqual(["m", "n"]);
    expect(older.state(null)).toMatchObject({ cursor: "c1", items: [{ id: "a" }] });
    await older.load("person:2", null);
    expect(older.state("mixpanel").items).toEqual([]);
  });

  it("of a former customer are dropped when they come late", async () => {
    const answers: ((answer: TimelinePage) => void)[] = [];
    const getPage = () => new Promise<TimelinePage>((resolve) => answers.push(resolve));
    const older = createOlderEvents(async () => ({ getPage }));
    const first = older.load("person:1", null);
    const second = older.load("person:2", null);
    await vi.waitFor(() => expect(answers).toHaveLength(2));
    answers[0]?.(page(["late"], null));
    answers[1]?.(page(["current"], null));
    await Promise.all([first, second]);
    expect(older.state(null)).toMatchObject({ ref: "person:2", items: [{ id: "current" }] });
  });

  it("wait while offline, and a failed transport is a failure of this part only", async () => {
    const older = createOlderEvents(() => Promise.reject(new Error("chunk")));
    await older.load("person:1", null);
    expect(older.state(null).phase).toBe("failed");
    expect(toOlderEvents(context, { ...options, offline: true }, older.state(null)).button).toMatchObject({ disabled: true });
  });
});

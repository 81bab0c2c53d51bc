import { expect, it } from "vitest";
import { createAnnouncer } from "./announcer.ts";

const ready = {
  view: { state: "ready", announcement: "Ada. 3 of 3 sources current." },
  isSettled: true,
  subject: "ticket 1",
  news: "",
} as const;

it("announces a customer once, and not again after a refresh", () => {
  const { next } = createAnnouncer();
  expect(next(ready)).toBe("Ada. 3 of 3 sources current.");
  expect(next({ ...ready, view: { ...ready.view, announcement: "Ada. 2 of 3 sources current." } })).toBe(
    "Ada. 3 of 3 sources current.",
  );
  expect(next({ ...ready, isSettled: false })).toBe("Ada. 3 of 3 sources current.");
});

it("does not name the former customer while another one loads", () => {
  const { next } = createAnnouncer();
  next(ready);
  const loading = { view: { state: "loading", announcement: "" }, isSettled: false, subject: "ticket 2", news: "" } as const;
  expect(next(loading)).toBe("");
  expect(next({ ...ready, subject: "ticket 2", view: { state: "ready", announcement: "Bob." } })).toBe("Bob.");
  expect(next(loading)).toBe("");
  expect(next(ready)).toBe("Ada. 3 of 3 sources current.");
});

it.each(["waiting", "none", "forbidden", "error"] as const)("says that the panel is now %s", (state) => {
  const { next } = createAnnouncer();
  next(ready);
  expect(next({ ...ready, view: { state: state as never, announcement: "Choose a requester" } })).toBe("Choose a requester");
});

it("announces each change of values once", () => {
  const { next } = createAnnouncer();
  next(ready);
  expect(next({ ...ready, news: "Support updated" })).toBe("Support updated");
  expect(next({ ...ready, news: "Support updated" })).toBe("Support updated");
  expect(next({ ...ready, news: "" })).toBe("Support updated");
  expect(next({ ...ready, news: "Account updated" })).toBe("Account updated");
});

import { expect, it } from "vitest";
import { createCursorGuard } from "./cursors.ts";

it("a listing that repeats a cursor ends with an error that opens no circuit", () => {
  const guard = createCursorGuard("crm");
  expect([guard.next("a"), guard.next("b"), guard.next(3)]).toEqual(["a", "b", 3]);
  expect(() => guard.next("a")).toThrow(
    expect.objectContaining({ code: "unavailable", isPlatformFault: false, message: expect.stringContaining("repeats itself") }),
  );
});

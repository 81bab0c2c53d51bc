import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { eventsOfUsers } from "./expression.ts";

describe("the condition for the events of several users", () => {
  it("names all users with ordinary ids", () => {
    const ids = Array.from({ length: 50 }, (_, i) => `8f14e45f-ceea-467f-a8d1-${String(i).padStart(12, "0")}`);
    expect(eventsOfUsers(ids).named).toEqual(ids);
    expect(eventsOfUsers(['a"b']).where).toBe('properties["$distinct_id"] == "a\\"b"');
  });

  it("fits into a URL whatever the ids are, and names at least one user, in order", () => {
    const ids = fc.array(fc.string({ minLength: 1, maxLength: 255, unit: "grapheme" }), { minLength: 1, maxLength: 50 });
    fc.assert(
      fc.property(ids, (users) => {
        const { where, named } = eventsOfUsers(users);
        expect(named.length).toBeGreaterThan(0);
        expect(users.slice(0, named.length)).toEqual(named);
        if (named.length > 1) expect(new URLSearchParams({ where }).toString().length).toBeLessThanOrEqual(6_100);
      }),
    );
  });
});

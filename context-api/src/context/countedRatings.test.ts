import type { RatingData, StoredRecord } from "@sidelight/model/records.ts";
import { describe, expect, it } from "vitest";
import { countedRatings } from "./countedRatings.ts";

const rating = (ref: string, ticket: string | null, via?: RatingData["via"]): StoredRecord<"rating"> =>
  ({
    ref,
    edges: ticket === null ? [] : [{ rel: "ticket", to: ticket }],
    data: { kind: "rating", score: "good", at: "2026-11-20T09:00:00.000Z", ...(via ? { via } : {}) },
  }) as unknown as StoredRecord<"rating">;

describe("ratings that count", () => {
  it("are the answer to a survey instead of the rating of the same ticket, and all others", () => {
    const ratings = [
      rating("rating:1", "ticket:1"),
      rating("survey:1", "ticket:1", "survey"),
      rating("rating:2", "ticket:2"),
      rating("rating:3", null),
      rating("survey:2", null, "survey"),
    ];
    expect(countedRatings(ratings).map(({ ref }) => ref)).toEqual(["survey:1", "rating:2", "rating:3", "survey:2"]);
  });
});

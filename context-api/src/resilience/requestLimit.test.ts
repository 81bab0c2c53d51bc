import { describe, expect, it } from "vitest";
import { createRequestLimit } from "./requestLimit.ts";

describe("a request limit", () => {
  const openLimit = (limit: number) => {
    let now = 60_000;
    const requests = createRequestLimit(limit, { monotonic: () => now });
    const advance = (ms: number) => {
      now += ms;
    };
    return { take: requests.take, advance };
  };

  it("allows as many requests as its limit, and names what is left", () => {
    const { take } = openLimit(2);
    expect([take("a"), take("a"), take("a")].map(({ isAllowed, remaining }) => [isAllowed, remaining])).toEqual([
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
  });

  it("counts each name on its own", () => {
    const { take } = openLimit(1);
    expect([take("a"), take("b"), take("a")].map((state) => state.isAllowed)).toEqual([true, true, false]);
  });

  it("allows requests again when the window has ended", () => {
    const { take, advance } = openLimit(1);
    take("a");
    const { resetSeconds } = take("a");
    advance((resetSeconds - 1) * 1000);
    expect(take("a").isAllowed).toBe(false);
    advance(1000);
    expect(take("a").isAllowed).toBe(true);
  });
});

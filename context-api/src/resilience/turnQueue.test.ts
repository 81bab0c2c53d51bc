import { expect, it } from "vitest";
import { createTurnQueue } from "./turnQueue.ts";

it("lets one of five hundred works start in each turn of the event loop, so that a request is read between two of them", async () => {
  const waitForTurn = createTurnQueue();
  let startCount = 0;
  const works = Array.from({ length: 500 }, async () => {
    await waitForTurn();
    startCount += 1;
  });
  let previous = 0;
  while (startCount < 500) {
    await new Promise((resolve) => setImmediate(resolve));
    expect(startCount - previous).toBeLessThanOrEqual(2);
    previous = startCount;
  }
  await Promise.all(works);
});

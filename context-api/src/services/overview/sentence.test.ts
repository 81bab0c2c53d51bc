import type { ConnectionOverview } from "@sidelight/contracts/overview/overview.ts";
import { expect, it } from "vitest";
import { overviewSentence } from "./sentence.ts";

const labels: Record<string, string> = { mixpanel: "Mixpanel", salesforce: "Salesforce" };
const sentence = (states: ConnectionOverview["state"][], staleByPlatform: Record<string, number> = {}, answers = 20) =>
  overviewSentence(
    states.map((state) => ({ state })),
    { answers, staleByPlatform },
    (platform) => labels[platform] ?? platform,
  );

it("counts the platforms that work, and names whose stale data agents saw most", () => {
  expect(sentence(["ok", "ok", "failing"], { salesforce: 2, mixpanel: 14 })).toBe(
    "2 of 3 platforms healthy; agents saw stale Mixpanel data 14 times in the last hour, and of Salesforce",
  );
  expect(sentence(["ok", "invalid_credentials"], { mixpanel: 1 })).toBe(
    "1 of 2 platforms healthy; agents saw stale Mixpanel data once in the last hour",
  );
});

it("says so when nothing is wrong, and what an operator or a backfill explains", () => {
  expect(sentence(["ok", "ok", "ok"])).toBe("All 3 platforms healthy; no agent saw stale data in the last hour");
  expect(sentence(["ok"], {}, 0)).toBe("The platform is healthy; no panel was open in the last hour");
  expect(sentence(["ok", "backfilling", "paused"])).toBe(
    "2 of 3 platforms healthy (1 paused, 1 in the first backfill); no agent saw stale data in the last hour",
  );
  expect(sentence([])).toMatch(/^No platform is connected; /);
});

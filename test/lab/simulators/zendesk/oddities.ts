import type { TenantWorld } from "../../world/tenant.ts";

// Content that real accounts contain and the seeded world does not. Tests set it; the simulator adds it to its answers.

const oddItems = "zendesk.oddItems";
const surveys = "zendesk.surveyResponses";
const cursorsForgotten = "zendesk.forgetsCursors";
const cursorRepeated = "zendesk.repeatsCursor";

const put = (world: TenantWorld, key: string, value: unknown): void => world.change(() => world.meta.put({ key, value }));
const get = <T>(world: TenantWorld, key: string, standard: T): T => (world.meta.get(key)?.value as T | undefined) ?? standard;

type Items = Record<string, unknown[]>;
/** Items of any shape in every page of an export or list, by the member of the answer: `tickets`, `users`, `identities`. */
export const setOddItems = (world: TenantWorld, items: Items): void => put(world, oddItems, items);
export const oddItemsOf = (world: TenantWorld, member: string): unknown[] => get<Items>(world, oddItems, {})[member] ?? [];

/** True: a cursor export returns the cursor of the request again, and says that more follows. */
export const setRepeatsCursor = (world: TenantWorld, value: boolean): void => put(world, cursorRepeated, value);
export const repeatsCursor = (world: TenantWorld): boolean => get(world, cursorRepeated, false);

/** True: Zendesk refuses every cursor, as after an account was moved. */
export const setForgetsCursors = (world: TenantWorld, value: boolean): void => put(world, cursorsForgotten, value);
export const forgetsCursors = (world: TenantWorld): boolean => get(world, cursorsForgotten, false);

/** A survey response as `GET /api/v2/guide/survey_responses` returns it. */
export interface SurveyResponse {
  id: string;
  responder_id: number;
  ticket_id: number;
  /** 1 to 5; null while it is not answered. */
  rating: number | null;
  category: "good" | "bad" | null;
  created_at: string;
  updated_at: string;
}
export const setSurveyResponses = (world: TenantWorld, list: SurveyResponse[]): void => put(world, surveys, list);
export const surveyResponses = (world: TenantWorld): SurveyResponse[] => get(world, surveys, []);

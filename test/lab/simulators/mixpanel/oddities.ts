import type { TenantWorld } from "../../world/tenant.ts";

// Content that real projects contain and the seeded world does not. Tests set it; the simulator adds it to its answers.

const lines = "mixpanel.exportLines";
const rows = "mixpanel.profileRows";
const aliases = "mixpanel.aliases";
const pageLimit = "mixpanel.profilePageLimit";
const wallTimes = "mixpanel.wallTimes";
const missingProfiles = "mixpanel.missingProfiles";

const put = (world: TenantWorld, key: string, value: unknown): void => world.change(() => world.meta.put({ key, value }));
const get = <T>(world: TenantWorld, key: string, standard: T): T => (world.meta.get(key)?.value as T | undefined) ?? standard;

/** Raw text at the end of every export. The last line has a line feed only if the text has one. */
export const setExportTail = (world: TenantWorld, text: string | Uint8Array): void =>
  put(world, lines, Buffer.from(text as string).toString("base64"));
export const exportTail = (world: TenantWorld): Buffer => Buffer.from(get(world, lines, ""), "base64");

/** Rows of any shape at the end of the list of profiles. */
export const setProfileRows = (world: TenantWorld, list: unknown[]): void => put(world, rows, list);
export const profileRows = (world: TenantWorld): unknown[] => get(world, rows, []);

/** The id of the profile that another one was merged into. */
export const setAlias = (world: TenantWorld, id: string, canonical: string): void =>
  put(world, aliases, { ...get(world, aliases, {}), [id]: canonical });
export const canonicalId = (world: TenantWorld, id: string): string => get<Record<string, string>>(world, aliases, {})[id] ?? id;

/** Pages of profiles hold fewer rows than the `page_size` that they report. */
export const setProfilePageLimit = (world: TenantWorld, limit: number): void => put(world, pageLimit, limit);
export const profilePageLimit = (world: TenantWorld, standard: number): number => get(world, pageLimit, standard);

/** Exports write times as the wall clock of the project's zone shows them, as for projects created before 2023. */
export const setWallTimes = (world: TenantWorld, isOn: boolean): void => put(world, wallTimes, isOn);
export const hasWallTimes = (world: TenantWorld): boolean => get(world, wallTimes, false);

/** The list of profiles ends with an empty page although it lacks this many of its `total`. */
export const setMissingProfiles = (world: TenantWorld, count: number): void => put(world, missingProfiles, count);
export const missingProfileCount = (world: TenantWorld): number => get(world, missingProfiles, 0);

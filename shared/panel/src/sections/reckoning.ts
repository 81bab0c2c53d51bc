import { baseScore, pointsPerWeight, ticketGoodness } from "@sidelight/contracts/context/healthPoints.ts";
import type { HealthData } from "@sidelight/contracts/context/sections.ts";
import type { Unsolved } from "../ownTicket.ts";

type Driver = HealthData["drivers"][number];

/** How a score comes about. Whole points, and their sum is exactly the score. */
export interface Reckoning {
  base: number;
  /** The strongest, with whole points. */
  shown: readonly Driver[];
  /** The reasons that are not shown, together. */
  others: { count: number; points: number };
  /** What the ticket on screen adds; null when none is counted. */
  ownTicket: number | null;
  /** What a limit takes off; 0 without one. */
  limit: number;
}

const maxDrivers = 3;

/** @param ticketOnScreen is taken out of the reasons that count it, and has a line of its own */
export function reckon(data: HealthData, ticketOnScreen: Unsolved | null): Reckoning {
  const drivers = data.drivers.map((driver) => withoutTicket(driver, ticketOnScreen)).sort(byImportance);
  const [shownDrivers, otherDrivers] = [drivers.slice(0, maxDrivers), drivers.slice(maxDrivers)];
  const ownPoints = sum(data.drivers) - sum(drivers);
  const base = data.base ?? baseScore;
  const total = Math.round(base + sum(data.drivers));
  const points = wholePoints([...shownDrivers.map((driver) => driver.points), sum(otherDrivers), ownPoints], total - base);
  return {
    base,
    shown: shownDrivers.map((driver, index) => ({
      ...driver,
      points: points[index] ?? 0,
      cap: data.score === null ? null : (driver.cap ?? null),
    })),
    others: { count: otherDrivers.length, points: points[shownDrivers.length] ?? 0 },
    ownTicket: ticketOnScreen && isCounted(data) ? (points[shownDrivers.length + 1] ?? 0) : null,
    limit: data.score === null ? 0 : Math.round(data.score) - total,
  };
}

const isCounted = ({ drivers }: HealthData): boolean => drivers.some(({ key }) => key === "open_tickets");

function withoutTicket(driver: Driver, ticketOnScreen: Unsolved | null): Driver {
  const { key, value, weight } = driver;
  const isAbout =
    ticketOnScreen !== null && (key === "open_tickets" || (key === "urgent_tickets" && ticketOnScreen.priority === "urgent"));
  if (!isAbout || typeof value !== "number" || value < 1) return driver;
  const change = ticketGoodness[key](value - 1) - ticketGoodness[key](value);
  return { ...driver, value: value - 1, points: driver.points + pointsPerWeight * weight * change };
}

/** What limits the score leads its reasons, and the absence of trouble explains least. */
const byImportance = (a: Driver, b: Driver): number =>
  (a.cap ?? 101) - (b.cap ?? 101) || Number(isQuiet(a)) - Number(isQuiet(b)) || Math.abs(b.points) - Math.abs(a.points);

const isQuiet = ({ key, value, points }: Driver): boolean =>
  Math.round(points) === 0 || (value === 0 && (key === "open_tickets" || key === "urgent_tickets"));

const sum = (drivers: readonly Driver[]): number => drivers.reduce((total, { points }) => total + points, 0);

/** Whole numbers near the values, with this sum: those with the largest fractions are rounded up. */
function wholePoints(values: readonly number[], total: number): number[] {
  const floors = values.map(Math.floor);
  const shortfall = total - floors.reduce((a, b) => a + b, 0);
  const byFraction = values
    .map((value, index) => ({ index, fraction: value - Math.floor(value) }))
    .sort((a, b) => b.fraction - a.fraction);
  const raisedIndexes = new Set(byFraction.slice(0, Math.max(0, shortfall)).map(({ index }) => index));
  return floors.map((value, index) => (raisedIndexes.has(index) ? value + 1 : value));
}

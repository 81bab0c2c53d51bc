import type { RouteStatus, Routes } from "@sidelight/contracts/events/route.ts";
import { capitalized } from "../ui/words.ts";

// Lengths are units of the drawing.

interface Box {
  x: number;
  y: number;
}

export interface SourceBox extends Box {
  platform: string;
  label: string;
  events: number;
}

export interface RouteBox extends Box {
  route: RouteStatus;
}

export interface TargetBox extends Box {
  connection: string;
  label: string;
}

export interface Arrow {
  id: string;
  state: RouteStatus["state"];
  /** Of an SVG path, from the right edge of one box to the left edge of another. */
  path: string;
}

export interface Diagram {
  width: number;
  height: number;
  sources: SourceBox[];
  routes: RouteBox[];
  targets: TargetBox[];
  arrows: Arrow[];
}

export const sourceWidth = 150;
export const routeWidth = 380;
export const targetWidth = 160;
export const boxHeight = 46;
const width = 1000;
const rowHeight = 56;
const routeX = (width - routeWidth) / 2;
const targetX = width - targetWidth;

const ownSource = "sidelight";

/** The first part of an event type is its platform. Sidelight derives the events of customers. */
export function sourcesOf({ on }: Pick<RouteStatus, "on">): string[] {
  const names = on.map((type) => type.split(".")[0] ?? "");
  return [...new Set(names.map((name) => (name === "customer" ? ownSource : name)))];
}

/** Sources, routes and targets in three columns. Routes of one source are together, and a box is in the middle of its routes. */
export function drawRoutes({ sources, items }: Pick<Routes, "sources" | "items">): Diagram {
  const sourceByName = new Map(sources.map((source) => [source.platform, source]));
  const names = new Set([...sourceByName.keys(), ...items.flatMap(sourcesOf)]);
  // Events that Sidelight derives come last, after those that they derive from.
  const order = [...names].sort((a, b) => Number(a === ownSource) - Number(b === ownSource));
  const position = (route: RouteStatus): number => order.indexOf(sourcesOf(route)[0] ?? "");
  const routes = items
    .toSorted((a, b) => position(a) - position(b) || a.to.connection.localeCompare(b.to.connection))
    .map((route, row) => ({ route, x: routeX, y: row * rowHeight }));

  const sourceBoxes = order.flatMap((platform): SourceBox[] => {
    const rows = routes.filter(({ route }) => sourcesOf(route).includes(platform));
    const source = sourceByName.get(platform);
    if (rows.length === 0) return [];
    return [{ platform, label: capitalized(source?.label ?? platform), events: source?.events ?? 0, x: 0, y: middle(rows) }];
  });
  const targetBoxes = [...Map.groupBy(routes, ({ route }) => route.to.connection)].map(([connection, rows]): TargetBox => {
    return { connection, label: rows[0]?.route.to.label ?? connection, x: targetX, y: middle(rows) };
  });
  const sourcesInOrder = apart(sourceBoxes);
  const targetsInOrder = apart(targetBoxes);
  const arrows = routes.flatMap((box): Arrow[] => {
    const { route } = box;
    const target = targetsInOrder.find(({ connection }) => connection === route.to.connection);
    const fromSources = sourcesInOrder
      .filter(({ platform }) => sourcesOf(route).includes(platform))
      .map((source) => ({ id: `${source.platform} ${route.id}`, state: route.state, path: curve(source, sourceWidth, box) }));
    return target ? [...fromSources, { id: route.id, state: route.state, path: curve(box, routeWidth, target) }] : fromSources;
  });
  const bottom = Math.max(0, ...[...routes, ...sourcesInOrder, ...targetsInOrder].map(({ y }) => y + boxHeight));
  return { width, height: bottom, sources: sourcesInOrder, routes, targets: targetsInOrder, arrows };
}

const middle = (boxes: readonly Box[]): number => ((boxes[0]?.y ?? 0) + (boxes.at(-1)?.y ?? 0)) / 2;

/** Moves boxes of a column down until none covers another. */
function apart<T extends Box>(boxes: readonly T[]): T[] {
  let free = 0;
  return boxes
    .toSorted((a, b) => a.y - b.y)
    .map((box) => {
      const y = Math.max(box.y, free);
      free = y + rowHeight;
      return { ...box, y };
    });
}

function curve(from: Box, fromWidth: number, to: Box): string {
  const [startX, startY, endX, endY] = [from.x + fromWidth, from.y + boxHeight / 2, to.x, to.y + boxHeight / 2];
  const bend = (endX - startX) / 2;
  return `M${startX} ${startY}C${startX + bend} ${startY} ${endX - bend} ${endY} ${endX} ${endY}`;
}

/** Long names end in an ellipsis. */
export const shortText = (text: string, characters: number): string =>
  text.length > characters ? `${text.slice(0, characters - 1)}…` : text;

import type { Section, SupportData } from "@sidelight/contracts/context/sections.ts";
import { isSameRecord } from "./record.ts";

export type Unsolved = NonNullable<SupportData["unsolved"]>[number];

const priorities = ["low", "normal", "high", "urgent"] as const;

export const isUnsolved = ({ status }: Pick<Unsolved, "status">): boolean => status !== "solved" && status !== "closed";

export const openCount = (data: SupportData): number => data.new + data.open + data.pending + data.hold;

/** The unsolved ticket on screen, or null: another record, a solved ticket, or none. */
export function ownTicket(section: Section<"support"> | undefined, currentRecord: string | undefined): Unsolved | null {
  const data = section?.data;
  if (!data || !currentRecord) return null;
  const ticketOnScreen = knownUnsolved(data).find(({ id }) => isSameRecord(`${section.source}.ticket:${id}`, currentRecord));
  return ticketOnScreen ?? null;
}

/** The ticket on screen, solved or not, if it is among the latest ones. */
export const ticketOnScreen = (
  { data, source }: Section<"support">,
  currentRecord: string | undefined,
): SupportData["tickets"][number] | undefined =>
  data?.tickets.find(({ id }) => isSameRecord(`${source}.ticket:${id}`, currentRecord));

/** The support data without one of its unsolved tickets: an agent asks what else the customer waits for. */
export function withoutTicket(data: SupportData, ticketOnScreen: Unsolved | null): SupportData {
  if (!ticketOnScreen) return data;
  const otherTickets = knownUnsolved(data).filter(({ id }) => id !== ticketOnScreen.id);
  const { status } = ticketOnScreen;
  const counts = status === "solved" || status === "closed" ? {} : { [status]: Math.max(0, data[status] - 1) };
  const isComplete = otherTickets.length === openCount(data) - 1;
  return {
    ...data,
    ...counts,
    oldestOpenAt: ticketOnScreen.createdAt === data.oldestOpenAt ? oldestOf(otherTickets) : data.oldestOpenAt,
    highestPriority: isComplete ? highestOf(otherTickets) : data.highestPriority,
    unsolved: otherTickets,
  };
}

/** All of them from a server that lists them; otherwise those among the latest tickets. */
const knownUnsolved = (data: SupportData): Unsolved[] => data.unsolved ?? data.tickets.filter(isUnsolved);

const oldestOf = (tickets: readonly Unsolved[]): string | null =>
  tickets.map(({ createdAt }) => createdAt).reduce<string | null>((a, b) => (a !== null && a <= b ? a : b), null);

function highestOf(tickets: readonly Unsolved[]): SupportData["highestPriority"] {
  const ranks = tickets.map(({ priority }) => (priority ? priorities.indexOf(priority) : -1));
  return priorities[Math.max(-1, ...ranks)] ?? null;
}

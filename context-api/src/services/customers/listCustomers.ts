import type { CustomerRow, CustomerSort, ListReason } from "@sidelight/contracts/customers/customer.ts";
import { calendarDays } from "@sidelight/model/calendar.ts";
import { openOverviews, ownerHash } from "../../context/overview/overviewRow.ts";
import { openReader } from "../../log/reader.ts";
import { listOverviewNodes, loadOverviews, type OverviewFilter } from "../../store/tables/customerOverview.ts";
import { listCustomerPins } from "../../store/tables/customerPins.ts";
import { maxPins, pinOwner } from "../actions/pinOwner.ts";
import { type Page, type PageInput, pageByOffset } from "../page.ts";
import { invalidParameter, ProblemError } from "../problemError.ts";
import { defineService, isSession, type ServiceContext } from "../service.ts";
import { customerRow, filterOf, type Today } from "./customerView.ts";

export interface CustomerListInput extends PageInput {
  /** `me`, or the ref of a user: `salesforce.user:005…`. */
  owner?: string | undefined;
  band?: string | undefined;
  usageTrend?: string | undefined;
  reason?: ListReason | undefined;
  /** Only what the caller pinned. */
  pinned?: boolean | undefined;
  sort?: CustomerSort | undefined;
}

const sortColumns = { health: "score", renewal: "renewal_day", last_active: "last_active_at" } as const;

/**
 * Companies, the ones that need a call most first. A person at a panel sees the accounts that they own and those that they pinned.
 * @throws {ProblemError} invalid_request, forbidden
 */
export const listCustomers = defineService(
  "own",
  async (context: ServiceContext, { limit, cursor, ...input }: CustomerListInput): Promise<Page<CustomerRow>> => {
    const { served, actor } = context;
    const { log, clock, config } = served.tenant;
    const isOwn = input.owner === "me" || (input.owner !== undefined && input.owner === actor.person?.ref);
    if (isSession(actor) && !isOwn && input.pinned !== true) throw othersAccounts();
    const today: Today = { now: clock.now(), day: calendarDays(config.timeZone)(clock.now()), limits: config.customers };
    const pins = await pinnedNodes(context);
    const filter = filterOfInput(context, input, { today, pins });
    const page = await pageByOffset(
      { limit, cursor },
      (slice) => listOverviewNodes(log.store, { ...slice, ...filter }),
      (node) => node,
    );
    const rows = await loadOverviews(log.store, page.items);
    const present = page.items.flatMap((node) => rows.get(node) ?? []);
    const contents = await openOverviews(log, present);
    const items = present.map((row) =>
      customerRow(row, contents.get(row.node) ?? null, { today, rights: actor.rights, pinned: new Set(pins) }),
    );
    return { items, nextCursor: page.nextCursor };
  },
);

const othersAccounts = (): ProblemError =>
  new ProblemError("forbidden", "A panel session lists own accounts. Add owner=me or pinned=true, or use an API key.", {
    stage: "authorize",
  });

async function pinnedNodes({ served, actor }: ServiceContext): Promise<string[]> {
  const { log } = served.tenant;
  const pins = await listCustomerPins(log.store, pinOwner(log, actor), maxPins);
  const keys = pins.filter(({ kind }) => kind === "company").map(({ key }) => key);
  return keys.length === 0 ? [] : [...new Set((await openReader(log).nodesOf(keys)).values())];
}

function filterOfInput(
  { served, actor }: ServiceContext,
  { owner, band, usageTrend, reason, pinned, sort = "health" }: Omit<CustomerListInput, keyof PageInput>,
  { today, pins }: { today: Today; pins: readonly string[] },
): Omit<OverviewFilter, "limit" | "offset"> {
  const { log } = served.tenant;
  return {
    sort: sortColumns[sort],
    ...(owner !== undefined && { owner: ownerHash(log, owner === "me" ? ownRef(actor) : owner) }),
    ...(band !== undefined && { band }),
    ...(usageTrend !== undefined && { usageTrend }),
    ...(reason !== undefined && filterOf(reason, today)),
    ...(pinned === true && { nodes: pins }),
    // Both conditions are on the band, and no company has two.
    ...(reason === "at_risk" && band !== undefined && band !== "at_risk" && { nodes: [] }),
  };
}

/** @throws {ProblemError} invalid_request */
function ownRef({ person }: ServiceContext["actor"]): string {
  if (person) return person.ref;
  throw invalidParameter("owner", "owner=me needs a person who signed in. Send the ref of a user: salesforce.user:005….");
}

import { currentData } from "@sidelight/context-api/log/reader.ts";
import { openHarness } from "../harness/harness.ts";
import { fill } from "./customers.ts";
import { round } from "./measure.ts";

const ticketsPerPage = 1_000;
const pages = 10;
/** As `fill` numbers tickets. */
const firstTicket = 10_000_000;

/**
 * A pull reads the stored version of each ticket of a page, because metrics lack what events have reported: in the first backfill
 * nothing is stored, in later ones every ticket. The goal is 50 ms for a page of 1,000 tickets.
 */
export async function ticketPages(): Promise<void> {
  const harness = await openHarness({ pull: false });
  try {
    const { log } = harness.runtime.tenants.get("acme")!.tenant;
    const readPages = async (title: string): Promise<void> => {
      const times: number[] = [];
      for (let page = 0; page < pages; page++) {
        const refs = Array.from(
          { length: ticketsPerPage },
          (_, i) => `zendesk.ticket:${firstTicket + page * ticketsPerPage + i}`,
        );
        const cpu = process.threadCpuUsage();
        const stored = await currentData(log, refs);
        const { user, system } = process.threadCpuUsage(cpu);
        times.push((user + system) / 1_000);
        if (page === 0) console.log(`  ${title}: ${stored.size} of ${ticketsPerPage} tickets are stored`);
      }
      console.log(`  ${title}: ${round(times.sort((a, b) => a - b)[pages / 2] ?? 0)} ms CPU a page, median of ${pages}`);
    };
    await readPages("nothing stored");
    await fill(harness, (ticketsPerPage * pages) / 2, 10);
    await readPages("all stored");
  } finally {
    await harness.close();
  }
}

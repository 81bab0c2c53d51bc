import type { CustomerRow, ListReason } from "@sidelight/contracts/customers/customer.ts";
import { useCallback, useState } from "react";
import type { PageProps } from "../session/session.ts";
import { Badge } from "../ui/Badge.tsx";
import { List } from "../ui/List.tsx";
import { Empty } from "../ui/states.tsx";
import { Table } from "../ui/Table.tsx";
import { useList } from "../ui/useList.ts";
import { CustomerFilters, type Filters, noFilters } from "./CustomerFilters.tsx";
import { amountWords, bandWords, dayWords, emptyWords, reasonWords, trendWords } from "./words.ts";

interface Props extends PageProps {
  /** Null for all companies. */
  reason: ListReason | null;
}

const columns = ["Company", "Owner", { title: "ARR", isNumber: true }, "Renewal", "Health", "Product use", "Why"];

/** Companies with what a call would be about. */
export function CustomerTable({ session, reason }: Props) {
  const [filters, setFilters] = useState<Filters>(noFilters);
  const { band, trend, sort } = filters;
  const read = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      session.run((client) =>
        client.getCustomers({
          limit: 50,
          signal,
          sort,
          ...(cursor !== undefined && { cursor }),
          ...(reason !== null && { reason }),
          ...(band !== "" && { band }),
          ...(trend !== "" && { trend }),
        }),
      ),
    [session, reason, band, trend, sort],
  );
  const list = useList(read);
  const isFiltered = band !== "" || trend !== "";
  return (
    <section aria-label="Companies">
      <CustomerFilters value={filters} hasBand={reason !== "at_risk"} onChange={setFilters} />
      <List
        list={list}
        empty={
          <Empty title={isFiltered ? "No company matches the filters" : emptyWords(reason)}>
            {isFiltered ? "Choose other filters." : "The list follows the data of the platforms."}
          </Empty>
        }
      >
        <Table columns={columns} isStacked>
          {list.items.map((row) => (
            <Row key={row.id} row={row} />
          ))}
        </Table>
      </List>
    </section>
  );
}

function Row({ row }: { row: CustomerRow }) {
  const { name, link, owner, arr, renewalDate, health, usage, reasons } = row;
  const label = <bdi className="value">{name ?? "Unnamed"}</bdi>;
  return (
    <tr>
      <td>
        {link === null ? (
          label
        ) : (
          <a href={link} target="_blank" rel="noreferrer">
            {label}
          </a>
        )}
      </td>
      <td data-label="Owner">
        <bdi>{owner?.name ?? "Not set"}</bdi>
      </td>
      <td className="number" data-label="ARR">
        {amountWords(arr)}
      </td>
      <td className="moment" data-label="Renewal">
        {renewalDate === null ? "Not set" : dayWords(renewalDate)}
      </td>
      <td data-label="Health">
        <Badge tone={health.band === "at_risk" ? "warning" : health.band === "good" ? "good" : "neutral"}>
          {bandWords(health.band)}
        </Badge>
        {health.score !== null && <span className="muted small"> {health.score} of 100</span>}
      </td>
      <td data-label="Product use">{trendWords(usage.trend)}</td>
      <td>
        {reasons.map((reason) => (
          <div key={reason.reason}>{reasonWords(reason)}</div>
        ))}
      </td>
    </tr>
  );
}

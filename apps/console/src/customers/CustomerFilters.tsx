import type { CustomerSort } from "@sidelight/contracts/customers/customer.ts";
import { Field, Select } from "@zendeskgarden/react-forms";
import { bandWords, trendWords } from "./words.ts";

const bands = ["at_risk", "watch", "good"] as const;
const trends = ["falling", "inactive", "steady", "rising", "new"] as const;
const sorts: readonly [CustomerSort, string][] = [
  ["health", "Lowest health first"],
  ["renewal", "Next renewal first"],
  ["last_active", "Longest unused first"],
];

/** "" for all. */
export interface Filters {
  band: (typeof bands)[number] | "";
  trend: (typeof trends)[number] | "";
  sort: CustomerSort;
}

export const noFilters: Filters = { band: "", trend: "", sort: "health" };

interface Props {
  value: Filters;
  /** False where the list has one band only. */
  hasBand: boolean;
  onChange: (filters: Filters) => void;
}

/** Which companies the list shows, and in which order. */
export function CustomerFilters({ value, hasBand, onChange }: Props) {
  return (
    <div className="filters">
      {hasBand && (
        <Field>
          <Field.Label>Health</Field.Label>
          <Select isCompact value={value.band} onChange={(e) => onChange({ ...value, band: e.target.value as Filters["band"] })}>
            <option value="">Any</option>
            {bands.map((band) => (
              <option key={band} value={band}>
                {bandWords(band)}
              </option>
            ))}
          </Select>
        </Field>
      )}
      <Field>
        <Field.Label>Product use</Field.Label>
        <Select isCompact value={value.trend} onChange={(e) => onChange({ ...value, trend: e.target.value as Filters["trend"] })}>
          <option value="">Any</option>
          {trends.map((trend) => (
            <option key={trend} value={trend}>
              {trendWords(trend)}
            </option>
          ))}
        </Select>
      </Field>
      <Field>
        <Field.Label>Order</Field.Label>
        <Select isCompact value={value.sort} onChange={(e) => onChange({ ...value, sort: e.target.value as CustomerSort })}>
          {sorts.map(([sort, label]) => (
            <option key={sort} value={sort}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
    </div>
  );
}

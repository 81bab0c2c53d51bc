import type { Quality } from "@sidelight/contracts/quality/quality.ts";
import { capitalized, labelWords, percent } from "../ui/words.ts";

/** How many records of each object have each field. A field that no record has is left out: its platform has none, or none is mapped. */
export function FilledFields({ fields }: Pick<Quality, "fields">) {
  const usedFields = fields.filter(({ filled }) => filled > 0);
  const objects = Map.groupBy(
    usedFields,
    ({ connection, object }) => `${capitalized(connection)} ${labelWords(object).toLowerCase()}`,
  );
  if (usedFields.length === 0) return null;
  return (
    <section aria-labelledby="filled">
      <h2 id="filled">Filled fields</h2>
      <div className="columns">
        {[...objects].map(([title, rows]) => (
          <FieldTable key={title} title={title} rows={rows} />
        ))}
      </div>
    </section>
  );
}

function FieldTable({ title, rows }: { title: string; rows: Quality["fields"] }) {
  const total = rows[0]?.total ?? 0;
  return (
    <table className="table compact">
      <caption>
        {title} <span className="muted small">{total.toLocaleString()} records</span>
      </caption>
      <thead className="visually-hidden">
        <tr>
          <th scope="col">Field</th>
          <th scope="col">Records that have it</th>
          <th scope="col">Part</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ field, filled }) => (
          <tr key={field}>
            <td>{labelWords(field)}</td>
            <td className="number muted">{filled.toLocaleString()}</td>
            <td className="number">{percent(filled / total)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

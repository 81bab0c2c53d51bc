import type { ReactNode } from "react";

interface Column {
  title: string;
  /** True for a title that is only read aloud. */
  isHidden?: boolean;
  isNumber?: boolean;
}

interface Props {
  columns: readonly (string | Column)[];
  /** True puts the cells of a row below each other on a narrow screen. */
  isStacked?: boolean;
  /** The rows. */
  children: ReactNode;
}

/** A table that scrolls in itself. */
export function Table({ columns, isStacked = false, children }: Props) {
  return (
    <div className="scroll">
      <table className={isStacked ? "table stacked" : "table"}>
        <thead>
          <tr>
            {columns.map(columnOf).map(({ title, isHidden, isNumber }) => (
              <th key={title} scope="col" className={isNumber ? "number" : undefined}>
                {isHidden ? <span className="visually-hidden">{title}</span> : title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

const columnOf = (column: string | Column): Column => (typeof column === "string" ? { title: column } : column);

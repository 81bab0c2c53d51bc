import type { Selection } from "./useSelection.ts";

interface Props {
  selection: Selection<{ id: string }>;
  /** How many items the list shows. */
  count: number;
  hasMore: boolean;
  /** "1 suggestion", "2 suggestions" */
  counted: (count: number) => string;
}

/** Selects every item of a list, and says how many are selected. */
export function CheckAll({ selection, count, hasMore, counted }: Props) {
  const selectedCount = selection.items.length;
  return (
    <label className="check-all">
      <input
        type="checkbox"
        checked={selectedCount === count}
        ref={(input) => {
          if (input) input.indeterminate = selectedCount > 0 && selectedCount < count;
        }}
        onChange={selection.toggleAll}
      />
      {selectedCount > 0 ? `${counted(selectedCount)} selected` : `${counted(count)}${hasMore ? " so far" : ""}`}
    </label>
  );
}

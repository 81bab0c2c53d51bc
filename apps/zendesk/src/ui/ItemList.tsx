import type { ListView, PanelLabels, SectionView } from "@sidelight/panel/index.ts";
import { lazy, Suspense, useContext, useState } from "react";
import { Item } from "./Item.tsx";
import { OlderEventsContext } from "./olderEventsScope.ts";

const OlderEvents = lazy(() => import("./OlderEvents.tsx").then((module) => ({ default: module.OlderEvents })));

interface Props {
  list: ListView;
  filters: SectionView["filters"];
  labels: PanelLabels;
}

export function ItemList({ list, filters, labels }: Props) {
  const [showsAll, setShowsAll] = useState(false);
  const [source, setSource] = useState<string | null>(null);
  const older = useContext(OlderEventsContext);
  const showsEverything = showsAll || source !== null || list.moreText === "";
  const items = source ? list.items.filter((item) => item.source === source) : list.items;
  const visibleItems = showsAll || source ? items : items.slice(0, list.visible);
  return (
    <div className="block">
      <h4>{list.title}</h4>
      {filters.length > 0 && (
        <fieldset className="filters" aria-label={list.title}>
          <FilterButton label={labels.all} pressed={source === null} onPress={() => setSource(null)} />
          {filters.map((filter) => (
            <FilterButton
              key={filter.key}
              label={filter.label}
              pressed={source === filter.source}
              onPress={() => setSource(filter.source)}
            />
          ))}
        </fieldset>
      )}
      {items.length === 0 && !list.olderText && <p className="quiet small">{list.emptyText}</p>}
      <ul className="items">
        {visibleItems.map((item) => (
          <Item key={item.key} item={item} newTab={labels.opensNewTab} />
        ))}
      </ul>
      {list.moreText && !source && (
        <button type="button" className="link" aria-expanded={showsAll} onClick={() => setShowsAll(!showsAll)}>
          {showsAll ? list.lessText : list.moreText}
        </button>
      )}
      {list.olderText && older && showsEverything && (
        <Suspense>
          <OlderEvents {...older} source={source} newTab={labels.opensNewTab} />
        </Suspense>
      )}
    </div>
  );
}

function FilterButton({ label, pressed, onPress }: { label: string; pressed: boolean; onPress: () => void }) {
  return (
    <button type="button" className="filter" aria-pressed={pressed} onClick={onPress}>
      {label}
    </button>
  );
}
